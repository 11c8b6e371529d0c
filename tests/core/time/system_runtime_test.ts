import assert from "node:assert/strict";
import { sleep } from "../../../src/core/runtime.ts";
import { millisecondClock, systemRuntime, uuidV7Source } from "../../../src/core/time/system_runtime.ts";

const bytes = (value: number) => (sizeBytes: number) => new Uint8Array(sizeBytes).fill(value);

Deno.test("ids have the layout of RFC 9562 section 5.7", () => {
  const id = uuidV7Source(() => 0x0123456789ab, bytes(0xff))();
  assert.equal(id, "01234567-89ab-7000-bfff-ffffffffffff");
  assert.equal(uuidV7Source(() => 1, bytes(0))(), "00000000-0001-7000-8000-000000000000");
});

Deno.test("ids of one millisecond count up, and go on into the next when the counter is full", () => {
  const next = uuidV7Source(() => 5_000, bytes(0));
  let last = next();
  for (let i = 1; i < 10_000; i++) {
    const id = next();
    assert.ok(id > last, `${id} after ${last}`);
    last = id;
  }
  assert.equal(last.slice(0, 13), (5_002).toString(16).padStart(12, "0").replace(/^(.{8})/, "$1-"));
});

Deno.test("ids keep their order when the clock is set back", () => {
  let nowMs = 10_000;
  const next = uuidV7Source(() => nowMs, bytes(7));
  const before = next();
  nowMs = 3_000;
  const after = next();
  assert.ok(after > before);
  nowMs = 10_001;
  assert.ok(next() > after);
});

Deno.test("random bytes are drawn anew and none is used for two ids", () => {
  let drawn = 0;
  const next = uuidV7Source(() => 1, (sizeBytes) => {
    drawn++;
    const draw = new Uint8Array(sizeBytes);
    for (let id = 0; id * 8 < sizeBytes; id++) draw.set([drawn, id >> 8, id & 0xff], id * 8 + 1);
    return draw;
  });
  const tails = new Set(Array.from({ length: 600 }, () => next().slice(19)));
  assert.equal(drawn, 2);
  assert.equal(tails.size, 600);
});

Deno.test("the real runtime keeps time, draws, names and waits", async () => {
  const runtime = systemRuntime();
  assert.ok(runtime.now() > 1_700_000_000_000);
  assert.equal(runtime.randomBytes(20).length, 20);
  assert.ok(runtime.random() < 1);
  assert.match(runtime.newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const startMs = runtime.monotonic();
  await sleep(runtime, 30);
  assert.ok(runtime.monotonic() - startMs >= 29.9);
});

Deno.test("a sleep ends at once when its signal aborts, before or while it waits", async () => {
  const runtime = systemRuntime();
  const controller = new AbortController();
  const slept = sleep(runtime, 2 ** 31 - 1, controller.signal);
  controller.abort();
  await slept;
  await sleep(runtime, 2 ** 31 - 1, controller.signal);
});

Deno.test("the clock is asked once a millisecond, goes on with it, and does not care how the wall clock is set", () => {
  let exactMs = 100.25;
  let wallMs = 5_000;
  let asked = 0;
  const clock = millisecondClock(() => {
    asked++;
    return exactMs;
  }, () => wallMs);
  assert.equal(clock(), 100.25);
  exactMs = 100.75;
  assert.equal(clock(), 100.25);
  assert.equal(asked, 1);
  [exactMs, wallMs] = [101.25, 5_001];
  assert.equal(clock(), 101.25);
  [exactMs, wallMs] = [102.5, 1_000];
  assert.equal(clock(), 102.5, "set back");
  [exactMs, wallMs] = [103.5, 9_000];
  assert.equal(clock(), 103.5, "set forward");
});
