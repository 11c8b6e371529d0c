/**
 * Records at speed until it is killed; run by `record_crash_test.ts` as a process of its own. Prints the id of each
 * record once 250 ms have passed since it was offered: from then on it must survive.
 * Argument: the data directory.
 */
import { makeLog } from "../../src/core/log.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { nextTurn, systemRuntime } from "../../src/core/system_runtime.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { makeRedactor } from "../../src/recording/redact.ts";
import { hourlyFile } from "../../src/recording/sinks/hourly_file.ts";
import { draftOf, jsonBody } from "../recording/draft_of.ts";

/** A client that saw its answer end this long ago must find it recorded. */
const PROMISE_MS = 250;

/** Offers between two ticks of the timer wheel: about a thousand records, or seven megabytes, a second. */
const RECORDS_A_TICK = 20;

const [dataDir = ""] = Deno.args;
const runtime = systemRuntime();
const log = makeLog(runtime.now, (line) => Deno.stderr.writeSync(encode(`${JSON.stringify(line)}\n`)));
const observer = memoryObserver();
const recorder = new Recorder({
  runtime,
  log,
  observer,
  sink: await hourlyFile.open({
    dataDir,
    runtime,
    log,
    observer,
    keepDays: 1,
    maxTotalBytes: 1e12,
    compress: false,
  }),
  redactor: makeRedactor(() => []),
  nextTurn,
  training: false,
  onFullDisk: "serve",
});

const offered: { id: string; atMs: number }[] = [];
const bodies = [2_000, 20_000, 200_000, 2_000_000].map((size) => jsonBody(JSON.stringify("x".repeat(size))));

for (;;) {
  for (let i = 0; i < RECORDS_A_TICK; i++) {
    const id = runtime.newId();
    // One body in ten is of the next size, one in a hundred of the one after.
    const size = Math.floor(-Math.log10(1 - runtime.random()));
    const request = bodies[Math.min(size, bodies.length - 1)];
    if (request === undefined) throw new Error("no such body");
    offered.push({ id, atMs: runtime.monotonic() });
    recorder.offer(draftOf({ id, request, endedMs: runtime.now() }), () => {});
  }
  const nowMs = runtime.monotonic();
  const promised = offered.findIndex(({ atMs }) => nowMs - atMs < PROMISE_MS);
  for (const { id } of offered.splice(0, Math.max(promised, 0))) Deno.stdout.writeSync(encode(`${id}\n`));
  await new Promise<void>((resolve) => void runtime.after(5, resolve));
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
