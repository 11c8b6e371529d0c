/**
 * Records at speed until it is killed; run by `record_crash_test.ts` as a process of its own. Prints the id of each
 * record once 250 ms have passed since it was offered: from then on it must survive.
 * Argument: the data directory.
 */
import { makeLog } from "../../src/core/log.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { nextTurn, systemRuntime } from "../../src/core/time/system_runtime.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { makeRedactor } from "../../src/recording/redact.ts";
import { hourlyFile } from "../../src/recording/sinks/hourly_file.ts";
import { draftOf, jsonBody } from "../recording/draft_of.ts";

/** A client that saw its answer end this long ago must find it recorded. */
const PROMISE_MS = 250;

/** Offers between two ticks of the timer wheel: about five hundred a second. */
const RECORDS_A_TICK = 10;

/** Every so many records one is of this size: long writes are the ones that a kill cuts in half. */
const LARGE_EVERY = 50;
const LARGE_BYTES = 4_000_000;

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
const small = jsonBody(JSON.stringify("x".repeat(3_000)));
const large = jsonBody(JSON.stringify("x".repeat(LARGE_BYTES)));

let count = 0;
for (;;) {
  for (let i = 0; i < RECORDS_A_TICK; i++) {
    const id = runtime.newId();
    const request = ++count % LARGE_EVERY === 0 ? large : small;
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
