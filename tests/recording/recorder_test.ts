import assert from "node:assert/strict";
import { type LogLine, makeLog } from "../../src/core/log.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { nextTurn, systemRuntime } from "../../src/core/time/system_runtime.ts";
import type { CapturedBody, RecordDraft } from "../../src/recording/record.ts";
import { Recorder, type RecorderOptions } from "../../src/recording/recorder.ts";
import { makeRedactor } from "../../src/recording/redact.ts";
import { AppendError, type RecordSink, type SinkLine } from "../../src/recording/sinks/sink.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";
import { until } from "../support/until.ts";
import { draftOf, jsonBody } from "./draft_of.ts";
import { stepsTo } from "../support/recording/steps_to.ts";

/** A sink in memory whose next calls can be made to fail. */
class MemorySink implements RecordSink {
  readonly calls: (readonly SinkLine[])[] = [];
  readonly written: SinkLine[] = [];
  /** For each coming call: how many lines it still takes before it fails. */
  readonly failures: number[] = [];
  closed = false;

  append(lines: readonly SinkLine[]): Promise<void> {
    this.calls.push(lines);
    const taken = this.failures.shift();
    if (taken === undefined) {
      this.written.push(...lines);
      return Promise.resolve();
    }
    this.written.push(...lines.slice(0, taken));
    return Promise.reject(new AppendError("no space", lines.slice(taken), { cause: new Error("ENOSPC") }));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  ids(kind: SinkLine["kind"] = "record"): string[] {
    return this.written.filter((line) => line.kind === kind).map((line) => {
      const record = JSON.parse(new TextDecoder().decode(line.bytes));
      return record.id ?? record._id;
    });
  }
}

function setup(options: Partial<RecorderOptions> = {}) {
  const runtime = fakeRuntime();
  const sink = new MemorySink();
  const observer = memoryObserver();
  const lines: LogLine[] = [];
  const recorder = new Recorder({
    runtime,
    sink,
    observer,
    log: makeLog(runtime.now, (line) => lines.push(line)),
    redactor: makeRedactor(() => []),
    nextTurn,
    training: false,
    onFullDisk: "serve",
    ...options,
  });
  const released: string[] = [];
  const offer = (id: string, parts: Partial<RecordDraft> = {}) =>
    recorder.offer(draftOf({ id, ...parts }), () => released.push(id));
  return { runtime, sink, observer, recorder, released, offer, lines };
}

Deno.test("offers do nothing at once and are written together, in order, after 20 ms", async () => {
  const { runtime, sink, offer, released, recorder, observer } = setup();
  for (const id of ["a", "b", "c"]) offer(id);
  runtime.advance(19);
  await nextTurn();
  assert.equal(sink.calls.length, 0);
  assert.deepEqual(released, []);
  runtime.advance(1);
  await until(() => released.length === 3, "all are released");
  assert.equal(sink.calls.length, 1);
  assert.deepEqual(sink.ids(), ["a", "b", "c"]);
  assert.deepEqual(released, ["a", "b", "c"]);
  assert.equal(recorder.waiting, 0);
  assert.equal(observer.read("records_written"), 3);
  await recorder.close();
});

Deno.test("a record offered on the real clock is in the sink within 200 ms", async () => {
  const runtime = systemRuntime();
  const { sink, offer, recorder } = setup({ runtime });
  const startMs = performance.now();
  offer("a");
  await until(() => sink.written.length === 1, "it is written");
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < 200, `took ${tookMs} ms`);
  await recorder.close();
});

Deno.test("large lines are written in several calls, so that no batch grows without bound", async () => {
  const { sink, offer, recorder } = setup();
  for (let i = 0; i < 10; i++) offer(`${i}`, { request: jsonBody(JSON.stringify("x".repeat(400_000))) });
  await recorder.flush();
  assert.equal(sink.written.length, 10);
  assert.ok(sink.calls.length >= 3, `${sink.calls.length} calls`);
  await recorder.close();
});

Deno.test("past its bound in number the recorder drops, counts, says so once a minute, and goes on", async () => {
  const { runtime, sink, offer, recorder, released, observer, lines } = setup({ maxWaitingRecords: 2 });
  for (const id of ["a", "b", "c", "d", "e"]) offer(id);
  assert.deepEqual(released, ["c", "d", "e"]);
  assert.equal(observer.read("records_dropped", { reason: "too_many" }), 3);
  assert.deepEqual(lines.map((line) => line.fields.records), [1]);
  runtime.advance(60_000);
  assert.deepEqual(lines.map((line) => line.fields.records), [1, 2]);
  await recorder.flush();
  assert.deepEqual(sink.ids(), ["a", "b"]);
  offer("f");
  await recorder.flush();
  assert.deepEqual(sink.ids(), ["a", "b", "f"]);
  await recorder.close();
});

Deno.test("past its bound in bytes the recorder lets go of bodies at once and still writes every line", async () => {
  const { offer, recorder, released, sink, observer } = setup({
    maxWaitingBytes: 50_000,
    onFullDisk: "refuse",
  });
  const large = jsonBody(JSON.stringify("x".repeat(20_000)));
  const stream: CapturedBody = {
    kind: "stream",
    bytes: new Uint8Array(40_000),
    whole: true,
    assemble: () => assert.fail("a body that was let go is read"),
  };
  const ids = Array.from({ length: 20 }, (_, i) => `${i}`);
  for (const id of ids) offer(id, { request: large, response: id === "19" ? stream : { kind: "none" } });
  assert.deepEqual(released, ids.slice(2), "all but what fits gives its memory back at once");
  assert.equal(recorder.refusing, false);
  await recorder.flush();
  assert.deepEqual(sink.ids(), ids);
  const lines = sink.written.map((line) => JSON.parse(new TextDecoder().decode(line.bytes)));
  assert.deepEqual(lines.map((line) => typeof line.request), ids.map((_, i) => i < 2 ? "string" : "object"));
  assert.deepEqual(lines[19].request, { sha256: null, sizeBytes: 20_002, contentType: null });
  assert.deepEqual(lines[19].response, { sha256: null, sizeBytes: 40_000, contentType: null });
  assert.equal(released.length, 20, "each is released once");
  assert.equal(observer.read("records_demoted"), 18);
  offer("later", { request: large });
  await recorder.flush();
  assert.equal(released.length, 21);
  assert.equal(observer.read("records_demoted"), 18, "what was written makes room again");
  await recorder.close();
});

Deno.test("bodies that are already descriptions weigh nothing, whatever their size", async () => {
  const { offer, recorder, sink, observer } = setup({ maxWaitingBytes: 100 });
  const opaque = {
    kind: "opaque",
    sizeBytes: 2 ** 30,
    contentType: "audio/mpeg",
    sha256: undefined,
  } as const;
  for (const id of ["a", "b"]) offer(id, { request: opaque, response: opaque });
  offer("c");
  await recorder.flush();
  assert.deepEqual(sink.ids(), ["a", "b", "c"]);
  assert.equal(observer.read("records_demoted"), 1);
  await recorder.close();
});

Deno.test("refuse: past the bound in number requests are refused until records are written", async () => {
  const { offer, recorder, released } = setup({ maxWaitingRecords: 2, onFullDisk: "refuse" });
  for (const id of ["a", "b", "c"]) offer(id);
  assert.deepEqual(released, ["c"]);
  assert.equal(recorder.refusing, true);
  await recorder.flush();
  assert.equal(recorder.refusing, false);
  await recorder.close();
});

Deno.test("lines that could not be written are tried again until they are, none twice, none lost", async () => {
  const { runtime, sink, offer, recorder, released, lines, observer } = setup();
  sink.failures.push(1, 0, 1);
  for (const id of ["a", "b", "c"]) offer(id);
  await recorder.flush();
  assert.deepEqual(released, []);
  for (const delayMs of [100, 200, 400]) {
    runtime.advance(delayMs - 1);
    const calls = sink.calls.length;
    runtime.advance(1);
    await until(() => sink.calls.length === calls + 1, "it is tried again");
    await nextTurn();
  }
  await until(() => released.length === 3, "all are released");
  assert.deepEqual(sink.ids(), ["a", "b", "c"]);
  assert.equal(observer.read("records_write_failures"), 3);
  assert.deepEqual(lines.map((line) => line.level), ["error", "info"]);
  assert.equal(lines[0]?.fields.cause, "no space: ENOSPC");
  await recorder.close();
});

Deno.test("refuse: requests are refused from the first failed write to the next that works; serve: never", async () => {
  for (const onFullDisk of ["refuse", "serve"] as const) {
    const { runtime, sink, offer, recorder, released } = setup({ onFullDisk });
    sink.failures.push(0);
    offer("a");
    assert.equal(recorder.refusing, false);
    await recorder.flush();
    assert.equal(recorder.refusing, onFullDisk === "refuse");
    runtime.advance(100);
    await until(() => released.length === 1, "it is written");
    assert.equal(recorder.refusing, false);
    await recorder.close();
  }
});

Deno.test("a sink that fails for long is said once a minute, whatever the number of tries", async () => {
  const { runtime, sink, offer, recorder, lines } = setup();
  sink.failures.push(...Array.from({ length: 40 }, () => 0));
  offer("a");
  await recorder.flush();
  for (let tries = 2; tries <= 30; tries++) {
    runtime.advance(5000);
    await until(() => sink.calls.length === tries, "it is tried again");
    await nextTurn();
  }
  assert.equal(lines.filter((line) => line.level === "error").length, 3);
  sink.failures.length = 0;
  await recorder.close();
});

Deno.test("close writes what waits, takes no more, and closes the sink", async () => {
  const { sink, offer, recorder, released, observer } = setup();
  offer("a");
  const closing = recorder.close();
  offer("late");
  await closing;
  assert.deepEqual(sink.ids(), ["a"]);
  assert.equal(sink.closed, true);
  assert.deepEqual(released.toSorted(), ["a", "late"]);
  assert.equal(observer.read("records_dropped", { reason: "closed" }), 1);
});

Deno.test("close over a sink that stays broken gives up after a few tries and counts what is lost", async () => {
  const { runtime, sink, offer, recorder, released, observer } = setup();
  sink.failures.push(1, 0, 0, 0, 0, 0);
  for (const id of ["a", "b", "c"]) offer(id);
  const closing = recorder.close();
  for (let tries = 1; tries <= 3; tries++) {
    await until(() => sink.calls.length === tries, "it is tried");
    await nextTurn();
    runtime.advance(1000);
  }
  await closing;
  assert.deepEqual(sink.ids(), ["a"]);
  assert.deepEqual(released, ["a", "b", "c"]);
  assert.equal(observer.read("records_dropped", { reason: "closed" }), 2);
  assert.equal(observer.read("records_written"), 1);
});

Deno.test("a record that cannot be built is dropped and counted, and costs no other record", async () => {
  const { sink, offer, recorder, released, observer } = setup();
  offer("a", { decision: { why: 10n } });
  offer("b");
  await recorder.flush();
  assert.deepEqual(sink.ids(), ["b"]);
  assert.deepEqual(released, ["a", "b"]);
  assert.equal(observer.read("records_dropped", { reason: "unbuildable" }), 1);
  await recorder.close();
});

Deno.test("a release that throws costs nothing but a log line", async () => {
  const { recorder, sink, offer, lines } = setup();
  recorder.offer(draftOf({ id: "a" }), () => {
    throw new Error("broken");
  });
  offer("b");
  await recorder.flush();
  assert.deepEqual(sink.ids(), ["a", "b"]);
  assert.equal(lines.length, 1);
  await recorder.close();
});

Deno.test("training lines go beside their records in the same call", async () => {
  const { sink, offer, recorder } = setup({ training: true });
  offer("a");
  offer("b", { outcome: "truncated" });
  await recorder.flush();
  assert.equal(sink.calls.length, 1);
  assert.deepEqual(sink.ids("record"), ["a", "b"]);
  assert.deepEqual(sink.ids("training"), ["a"]);
  await recorder.close();
});

Deno.test("building many long records gives way to others every few milliseconds", async () => {
  let turns = 0;
  const runtime = fakeRuntime();
  const { offer, recorder, sink } = setup({
    // Each look at the clock moves it by one millisecond, as if every step took that long.
    runtime: { ...runtime, monotonic: () => (runtime.advance(1), runtime.monotonic()) },
    nextTurn: () => (turns++, Promise.resolve()),
  });
  const request = jsonBody(JSON.stringify("x".repeat(70_000)));
  for (let i = 0; i < 100; i++) offer(`${i}`, { request });
  await recorder.flush();
  assert.equal(sink.written.length, 100);
  assert.ok(turns >= 50, `${turns} turns`);
  await recorder.close();
});

Deno.test("a short record is made its line when it is offered, so that nothing of its request waits with it", async () => {
  const { offer, recorder, sink } = setup();
  const reads: string[] = [];
  const lasting: CapturedBody = {
    kind: "stream",
    bytes: new Uint8Array(10),
    whole: true,
    assemble: () => (reads.push("assembled"), stepsTo({ body: "{}" })),
  };
  offer("a", { response: lasting });
  assert.deepEqual(reads, ["assembled"]);
  assert.equal(sink.calls.length, 0, "its write may wait for others");
  await recorder.flush();
  assert.deepEqual(sink.ids(), ["a"]);
  await recorder.close();
});

Deno.test("a long stream's record waits for its turn, where a body of its size would not", async () => {
  const { offer, recorder, sink } = setup();
  const reads: string[] = [];
  const stream: CapturedBody = {
    kind: "stream",
    bytes: new Uint8Array(20_000),
    whole: true,
    assemble: () => (reads.push("assembled"), stepsTo({ body: "{}" })),
  };
  offer("a", { response: stream });
  assert.deepEqual(reads, []);
  await recorder.flush();
  assert.deepEqual([reads, sink.ids()], [["assembled"], ["a"]]);
  await recorder.close();
});

Deno.test("a flood of records is written whole, in order, while more keep coming", async () => {
  const { offer, recorder, sink, released } = setup({ runtime: systemRuntime() });
  const ids = Array.from({ length: 3000 }, (_, i) => `${i}`);
  for (const [i, id] of ids.entries()) {
    offer(id);
    if (i % 500 === 0) await nextTurn();
  }
  await recorder.flush();
  assert.deepEqual(sink.ids(), ids);
  assert.equal(released.length, ids.length);
  await recorder.close();
});
