import assert from "node:assert/strict";
import { CATALOGUE } from "../../../src/server/metrics/catalogue.ts";
import { MetricBook } from "../../../src/server/metrics/metric_book.ts";
import { prometheusText } from "../../../src/server/metrics/prometheus_text.ts";
import { LoopLag } from "../../../src/server/process/loop_lag.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { readPrometheus, valueOf } from "../../support/metrics/read_prometheus.ts";

/** A watch whose loop is held up by `stall`. */
function setup() {
  const runtime = fakeRuntime();
  let stalledMs = 0;
  const book = new MetricBook(CATALOGUE);
  const lag = new LoopLag({ ...runtime, monotonic: () => runtime.monotonic() + stalledMs }, book);
  const stall = (ms: number) => {
    stalledMs += ms;
    runtime.advance(10);
  };
  const count = (le: string) => {
    const page = readPrometheus([...prometheusText(book.families())].join(""));
    return valueOf(page, "tidegate_event_loop_lag_seconds_bucket", { le }) ?? 0;
  };
  return { runtime, lag, stall, count };
}

Deno.test("a stall is measured by what it adds to a timer's time, and a loop on time is no stall", () => {
  const { runtime, lag, stall, count } = setup();
  runtime.advance(100);
  assert.ok(count("+Inf") >= 5);
  assert.equal(count("0.01"), count("+Inf"), "nothing was late");
  assert.deepEqual([lag.nowMs, lag.worstMs], [0, 0]);
  stall(400);
  assert.equal(count("+Inf") - count("0.25"), 1);
  assert.equal(count("+Inf") - count("0.5"), 0);
  lag[Symbol.dispose]();
  const before = count("+Inf");
  runtime.advance(1_000);
  assert.equal(count("+Inf"), before, "it looks no more");
});

Deno.test("a block of half a second is the worst of the last second for a second, and of the last minute for a minute", () => {
  const { runtime, lag, stall } = setup();
  using _ = lag;
  runtime.advance(5_000);
  stall(510);
  stall(110);
  assert.deepEqual([lag.nowMs, lag.worstMs], [500, 500]);
  runtime.advance(2_000);
  assert.deepEqual([lag.nowMs, lag.worstMs], [0, 500]);
  runtime.advance(56_000);
  assert.equal(lag.worstMs, 500);
  runtime.advance(3_000);
  assert.equal(lag.worstMs, 0);
});
