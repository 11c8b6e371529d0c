import { runProgram } from "../process/child.ts";
import { figure, type Section, tableOf } from "../report/section.ts";
import type { BenchRoom } from "./room.ts";

/** How long all of them may take, in milliseconds. */
const LIMIT_MS = 900_000;

/** What `deno bench --json` tells of one; times in nanoseconds. */
interface MicroBench {
  readonly origin: string;
  readonly name: string;
  readonly results: readonly {
    readonly ok?: { readonly avg: number; readonly p75: number; readonly p99: number };
  }[];
}

/** The parts of the request path, each alone: `deno bench tests/bench/`. */
export async function measureMicro(_room: BenchRoom): Promise<Section> {
  const root = new URL("../../../", import.meta.url).pathname;
  const args = ["bench", "-A", "--no-check", "--json", "tests/bench/"];
  const child = await runProgram({ program: Deno.execPath(), args, cwd: root }, LIMIT_MS);
  const benches: MicroBench[] = JSON.parse(child?.stdout ?? "").benches;
  const rows = benches.map(({ origin, name, results }) => {
    const found = results[0]?.ok;
    const micros = (nanos: number | undefined) => figure((nanos ?? NaN) / 1_000);
    const file = origin.slice(origin.lastIndexOf("/") + 1).replace(/_bench\.ts$/, "");
    return [file, name, micros(found?.avg), micros(found?.p75), micros(found?.p99)];
  });
  return {
    name: "micro",
    title: "Parts alone",
    about:
      "`deno task bench:micro`, microseconds for each call of what is named; no sockets, no other process.",
    tables: [tableOf(["file", "what", "mean", "p75", "p99"], rows)],
    bars: [],
    leftOut: {},
    raw: benches,
  };
}
