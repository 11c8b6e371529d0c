import { type Runtime, sleep } from "../../core/runtime.ts";
import { type SimulatedVendors, startSimulatedVendors } from "../../providers/simulated/server.ts";
import type { CliIo } from "../cli_io.ts";
import { ask, type Question } from "./ask.ts";
import { DEMO_MODELS, DEMO_UPSTREAMS, demoConfigText } from "./demo_config.ts";
import { renderTable } from "./table.ts";
import { Tally } from "./tally.ts";

/** A gateway at work for the demo. */
export interface DemoGateway {
  /** Where it listens: `http://127.0.0.1:4283`, without `/` at the end. */
  readonly url: string;
  /** Stops it; resolves when its files are closed. */
  close(): Promise<void>;
}

/** Starts a gateway; rejects when it cannot listen or use the directory. */
export type StartGateway = (options: {
  readonly configText: string;
  readonly dataDir: string;
  /** A loopback host; port 0 for a free one. */
  readonly listen: { readonly host: string; readonly port: number };
}) => Promise<DemoGateway>;

/** What a demo is run with. */
export interface DemoOptions {
  readonly io: CliIo;
  readonly runtime: Runtime;
  readonly start: StartGateway;
  readonly dataDir: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly durationMs: number;
  /** JSON lines instead of a table. */
  readonly json: boolean;
  /** Ends the demo early. */
  readonly stop: AbortSignal;
}

/** Between two questions: four a second. */
const QUESTION_EVERY_MS = 250;
/** Questions between two looks at the tally: a second. */
const QUESTIONS_PER_REPORT = 4;
/** Most questions open at once; beyond, one is left out rather than heaped on a gateway that is stuck. */
const MAX_OPEN = 50;
/** Random bytes in the demo's tenant key: 160 bits, as in a generated one. */
const KEY_BYTES = 20;

const TEXTS = [
  "Why is the sky blue?",
  "Tell me about tides.",
  "讲讲潮汐。",
  "What does a gate do?",
  "One line, please.",
];

/** Runs the demo to its end: gateway, simulated upstreams and traffic; everything it opened is closed again. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { io, runtime, start, dataDir, listen } = options;
  const vendors = await startSimulatedVendors({ runtime });
  try {
    const tenantKey = `sk-tg-${hex(runtime.randomBytes(KEY_BYTES))}`;
    const configText = demoConfigText(tenantKey, (url) => vendors.urlOf(url));
    const gateway = await start({ configText, dataDir, listen });
    try {
      io.stderr(introduction(gateway.url, tenantKey));
      await sendTraffic(options, { url: gateway.url, tenantKey }, vendors);
    } finally {
      await gateway.close();
    }
  } finally {
    await vendors.close();
  }
}

async function sendTraffic(
  options: DemoOptions,
  gateway: { readonly url: string; readonly tenantKey: string },
  vendors: SimulatedVendors,
): Promise<void> {
  const { runtime, stop, durationMs } = options;
  const tally = new Tally();
  const open = new Set<Promise<void>>();
  const hangUp = new AbortController();
  const startMs = runtime.monotonic();
  const report = (over: boolean) =>
    show(options, tally, vendors, Math.round((runtime.monotonic() - startMs) / 1000), over);
  report(false);
  for (let number = 1; runtime.monotonic() - startMs < durationMs && !stop.aborted; number++) {
    if (open.size < MAX_OPEN) {
      tally.asked();
      const answer = ask(gateway, questionOf(number), runtime, hangUp.signal).then((heard) => {
        tally.heard(heard);
        open.delete(answer);
      });
      open.add(answer);
    }
    await sleep(runtime, QUESTION_EVERY_MS, stop);
    if (number % QUESTIONS_PER_REPORT === 0) report(true);
  }
  hangUp.abort();
  await Promise.all(open);
}

function questionOf(number: number): Question {
  return {
    // Two of three are streamed and every fifth thinks aloud; the numbers share no factor, so all pairs occur.
    stream: number % 3 !== 0,
    model: DEMO_MODELS[number % 5 === 0 ? 1 : 0] ?? "",
    text: TEXTS[number % TEXTS.length] ?? "",
  };
}

function show(
  { io, json }: DemoOptions,
  tally: Tally,
  vendors: SimulatedVendors,
  seconds: number,
  over: boolean,
): void {
  const report = tally.report(
    seconds,
    DEMO_UPSTREAMS.map(({ name, url }) => ({ name, counts: vendors.countsOf(url) })),
  );
  io.stdout(json ? `${JSON.stringify(report)}\n` : renderTable(report, over));
}

function introduction(url: string, tenantKey: string): string {
  return `Tidegate demo: ${url} balances four simulated upstreams; no model is asked, nothing leaves this machine.
Join in from another terminal:
  curl -N ${url}/v1/chat/completions -H 'authorization: Bearer ${tenantKey}' -H 'content-type: application/json' -d '{"model":"simulated-mini","stream":true,"messages":[{"role":"user","content":"Hello"}]}'
Ctrl-C ends it; its data goes with it.

`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
