import assert from "node:assert/strict";
import { MAX_WAITERS, WaitingLines } from "../../../src/upstream/attempts/waiting_lines.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const never = new AbortController().signal;

/** Lets what was resolved run on. */
const settle = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

Deno.test("those who wait for the same moment are woken after it, in the order in which they came, not all at once", async () => {
  const runtime = fakeRuntime();
  const lines = new WaitingLines(runtime);
  const dueMs = runtime.monotonic() + 1_000;
  const woken: { number: number; atMs: number }[] = [];
  for (let number = 0; number < 100; number++) {
    void lines.wait("p", { dueMs, endMs: dueMs + 60_000 }, never).then(() => {
      woken.push({ number, atMs: runtime.monotonic() });
    });
  }
  runtime.advance(999);
  await settle();
  assert.equal(woken.length, 0);
  for (let ms = 0; ms < 1_200; ms++) {
    runtime.advance(1);
    await settle();
  }
  assert.deepEqual(woken.map(({ number }) => number), Array.from({ length: 100 }, (_, number) => number));
  assert.ok(new Set(woken.map(({ atMs }) => atMs)).size > 50, "spread over time");
  assert.equal(lines.size, 0);
});

Deno.test("one who waits for an earlier moment is not kept by those who wait for a later one", async () => {
  const runtime = fakeRuntime();
  const lines = new WaitingLines(runtime);
  const startMs = runtime.monotonic();
  const woken: string[] = [];
  const wait = (name: string, ms: number) =>
    void lines.wait("p", { dueMs: startMs + ms, endMs: startMs + 60_000 }, never).then(() =>
      woken.push(name)
    );
  wait("late", 5_000);
  wait("soon", 100);
  runtime.advance(200);
  await settle();
  assert.deepEqual(woken, ["soon"]);
  runtime.advance(5_000);
  await settle();
  assert.deepEqual(woken, ["soon", "late"]);
});

Deno.test("nobody is woken later than the end of its own patience", async () => {
  const runtime = fakeRuntime();
  const lines = new WaitingLines(runtime);
  const dueMs = runtime.monotonic() + 10;
  let woken = 0;
  for (let each = 0; each < 500; each++) {
    void lines.wait("p", { dueMs, endMs: dueMs + 20 }, never).then(() => woken++);
  }
  runtime.advance(30);
  await settle();
  assert.equal(woken, 500);
});

Deno.test("a line takes so many and no more; one that leaves makes room and is not waited for", async () => {
  const runtime = fakeRuntime();
  const lines = new WaitingLines(runtime);
  const leaving = new AbortController();
  const times = { dueMs: runtime.monotonic() + 1_000, endMs: runtime.monotonic() + 60_000 };
  const first = lines.wait("p", times, leaving.signal);
  for (let each = 1; each < MAX_WAITERS; each++) void lines.wait("p", times, never);
  assert.equal(await lines.wait("p", times, never), false);
  assert.equal(lines.size, MAX_WAITERS);
  leaving.abort();
  assert.equal(await first, true);
  assert.equal(lines.size, MAX_WAITERS - 1);
  void lines.wait("q", times, never);
  assert.equal(lines.size, MAX_WAITERS, "each pool has a line of its own");
  runtime.advance(120_000);
  await settle();
  assert.equal(lines.size, 0);
});
