import assert from "node:assert/strict";
import { watchLoopLag } from "../../../src/server/metrics/loop_lag.ts";
import { CATALOGUE } from "../../../src/server/metrics/catalogue.ts";
import { MetricBook } from "../../../src/server/metrics/metric_book.ts";
import { prometheusText } from "../../../src/server/metrics/prometheus_text.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { readPrometheus, valueOf } from "../../support/metrics/read_prometheus.ts";

Deno.test("a stall is measured by what it adds to a timer's time, and a loop on time is no stall", () => {
  const runtime = fakeRuntime();
  let stalledMs = 0;
  const book = new MetricBook(CATALOGUE);
  const watch = watchLoopLag({ ...runtime, monotonic: () => runtime.monotonic() + stalledMs }, book);
  const count = (le: string) => {
    const page = readPrometheus([...prometheusText(book.families())].join(""));
    return valueOf(page, "tidegate_event_loop_lag_seconds_bucket", { le }) ?? 0;
  };
  runtime.advance(100);
  assert.ok(count("+Inf") >= 5);
  assert.equal(count("0.01"), count("+Inf"), "nothing was late");
  stalledMs = 400;
  runtime.advance(10);
  assert.equal(count("+Inf") - count("0.25"), 1);
  assert.equal(count("+Inf") - count("0.5"), 0);
  watch[Symbol.dispose]();
  const before = count("+Inf");
  runtime.advance(1_000);
  assert.equal(count("+Inf"), before, "it looks no more");
});
