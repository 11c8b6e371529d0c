/**
 * `deno task bench`: measures whole processes, Tidegate beside nginx, Portkey's gateway and a bare proxy, all before
 * the same upstream and under the same load, and writes `docs/benchmarks.md`. What is not installed is left out and said.
 * Exits 0, also when a bar is missed; 2 on a wrong argument, 130 when it is interrupted, 1 on any other failure.
 * @module
 */
import { EXIT } from "../../src/cli/exit_codes.ts";
import { nginxVersion } from "./contenders/nginx.ts";
import { findPortkey } from "./contenders/portkey.ts";
import { startContenders } from "./contenders/start_contenders.ts";
import { wrkVersion } from "./load/wrk.ts";
import { measure } from "./measures/measure.ts";
import { type BenchOrder, readOrder } from "./order.ts";
import { endAll } from "./process/child.ts";
import { readMachine } from "./report/machine.ts";
import { barsTable, fillPage, pageParts, type Report, versionsOf } from "./report/page.ts";
import type { Section } from "./report/section.ts";
import { startUpstreams } from "./upstream/start_upstreams.ts";

const PAGE = new URL("../../docs/benchmarks.md", import.meta.url);

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function run(order: BenchOrder, folder: string): Promise<Report> {
  const machine = readMachine();
  const [nginx, wrk] = [await nginxVersion(), await wrkVersion()];
  const portkey = order.withPortkey ? await findPortkey() : undefined;
  const missing = Object.entries({ nginx, wrk, "Portkey's gateway": portkey })
    .flatMap(([name, found]) => found === undefined ? [name] : []);
  for (const name of missing) say(`without ${name}`);
  await using upstreams = await startUpstreams(folder, nginx !== undefined);
  await using started = await startContenders(upstreams, { nginx, portkey }, folder);
  const room = { ...started, upstreams, byWrk: wrk !== undefined, isQuick: order.isQuick, say };
  const sections: Section[] = [];
  const failed: Record<string, string> = {};
  for (const name of order.only) {
    say(`\n${name}`);
    const section = await measure(name, room, order);
    for (const [left, why] of Object.entries(section.leftOut)) {
      say(`${left} is left out: ${why.slice(0, 300)}`);
    }
    sections.push(section);
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ["deno task bench", ...Deno.args].join(" "),
    machine,
    versions: versionsOf(started.contenders, { wrk }),
    missing,
    sections,
    failed,
  };
}

/** Ends what runs and removes what was written; for the end and for a run that is broken off. */
async function cleanUp(folder: string): Promise<void> {
  await endAll();
  await Deno.remove(folder, { recursive: true }).catch(() => {});
}

async function main(args: readonly string[]): Promise<number> {
  const order = readOrder(args);
  if (typeof order === "string") {
    say(order);
    return EXIT.usage;
  }
  const folder = await Deno.makeTempDir({ prefix: "tidegate-bench-" });
  let isInterrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      isInterrupted = true;
      void cleanUp(folder).then(() => Deno.exit(EXIT.interrupted));
    });
  }
  try {
    const report = await run(order, folder);
    const bars = report.sections.flatMap((section) => section.bars);
    if (bars.length > 0) say(`\n${barsTable(bars)}`);
    if (order.asJson) {
      await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`));
    }
    if (isInterrupted) return EXIT.interrupted;
    if (Object.keys(report.failed).length > 0) {
      say("A measurement failed: docs/benchmarks.md is left as it was");
      return EXIT.unexpected;
    }
    if (order.writesPage) await writePage(report);
    return EXIT.ok;
  } catch (error) {
    if (isInterrupted) return EXIT.interrupted;
    say(error instanceof Error ? `${error.stack}` : String(error));
    return EXIT.unexpected;
  } finally {
    await cleanUp(folder);
  }
}

/** A part of a run fills its own sections; the table of all bars and the facts of the run are for whole runs. */
async function writePage(report: Report): Promise<void> {
  const parts = pageParts(report);
  if (Deno.args.some((arg) => arg.startsWith("--only"))) {
    delete parts["bars"];
    delete parts["run"];
  }
  await Deno.writeTextFile(PAGE, fillPage(await Deno.readTextFile(PAGE), parts));
  say("docs/benchmarks.md has the figures");
}

if (import.meta.main) Deno.exit(await main(Deno.args));
