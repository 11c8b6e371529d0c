import assert from "node:assert/strict";
import fc from "fast-check";
import { counter, gauge, histogram } from "../../../src/server/metrics/metric.ts";
import { MetricBook } from "../../../src/server/metrics/metric_book.ts";
import { prometheusText } from "../../../src/server/metrics/prometheus_text.ts";
import { readPrometheus, valueOf } from "../../support/metrics/read_prometheus.ts";

const BUCKETS = [0.1, 1, 10];

const CATALOGUE = [
  counter("plain", [], "Without labels."),
  counter("requests", ["tenant", "outcome"], "Requests."),
  gauge("level", ["pool"], "A level."),
  histogram("wait_seconds", ["pool"], "Waits.", { buckets: BUCKETS }),
];

function textOf(book: MetricBook): string {
  return [...prometheusText(book.families())].join("");
}

function pageOf(book: MetricBook) {
  return readPrometheus(textOf(book));
}

Deno.test("every metric of the catalogue is shown before anything was measured, a plain counter as 0", () => {
  const page = pageOf(new MetricBook(CATALOGUE));
  assert.deepEqual([...page.keys()], [
    "tidegate_plain_total",
    "tidegate_requests_total",
    "tidegate_level",
    "tidegate_wait_seconds",
  ]);
  assert.equal(valueOf(page, "tidegate_plain_total"), 0);
});

Deno.test("the page is exactly what the text format wants, values escaped and empty ones left out", () => {
  const book = new MetricBook(CATALOGUE.slice(1));
  book.count("requests", { tenant: 'a"\\\nb', outcome: "ok" }, 2);
  book.count("requests", { outcome: "ok" });
  book.gauge("level", () => [{ labels: { pool: "p" }, value: 0.5 }, { value: -1 }]);
  book.observe("wait_seconds", 0.1);
  book.observe("wait_seconds", 11);
  assert.equal(
    textOf(book),
    `# HELP tidegate_requests_total Requests.
# TYPE tidegate_requests_total counter
tidegate_requests_total{tenant="a\\"\\\\\\nb",outcome="ok"} 2
tidegate_requests_total{outcome="ok"} 1
# HELP tidegate_level A level.
# TYPE tidegate_level gauge
tidegate_level{pool="p"} 0.5
tidegate_level -1
# HELP tidegate_wait_seconds Waits.
# TYPE tidegate_wait_seconds histogram
tidegate_wait_seconds_bucket{le="0.1"} 1
tidegate_wait_seconds_bucket{le="1"} 1
tidegate_wait_seconds_bucket{le="10"} 1
tidegate_wait_seconds_bucket{le="+Inf"} 2
tidegate_wait_seconds_sum 11.1
tidegate_wait_seconds_count 2
`,
  );
});

Deno.test("whatever is measured, the page reads back as the sums, and whatever labels hold", () => {
  const measured = fc.array(
    fc.record({
      tenant: fc.string({ maxLength: 5 }),
      outcome: fc.string({ unit: "grapheme" }),
      by: fc.nat(1_000),
    }),
    { maxLength: 30 },
  );
  fc.assert(fc.property(measured, fc.array(fc.double({ min: 0, max: 100, noNaN: true })), (counts, waits) => {
    const book = new MetricBook(CATALOGUE);
    for (const { tenant, outcome, by } of counts) book.count("requests", { tenant, outcome }, by);
    for (const wait of waits) book.observe("wait_seconds", wait, { pool: "p" });
    const page = pageOf(book);
    const sum = page.get("tidegate_requests_total")?.samples.reduce((total, { value }) => total + value, 0);
    assert.equal(sum ?? 0, counts.reduce((total, { by }) => total + by, 0));
    assert.equal(book.read("requests"), sum ?? 0);
    if (waits.length === 0) return;
    assert.equal(valueOf(page, "tidegate_wait_seconds_count", { pool: "p" }), waits.length);
    for (const bound of BUCKETS) {
      const below = waits.filter((wait) => wait <= bound).length;
      assert.equal(valueOf(page, "tidegate_wait_seconds_bucket", { pool: "p", le: String(bound) }), below);
    }
  }));
});

Deno.test("a counter is read by any of its labels", () => {
  const book = new MetricBook(CATALOGUE);
  book.count("requests", { tenant: "a", outcome: "ok" }, 2);
  book.count("requests", { tenant: "b", outcome: "ok" }, 3);
  book.count("requests", { tenant: "b", outcome: "rejected" });
  assert.equal(book.read("requests", { outcome: "ok" }), 5);
  assert.equal(book.read("requests", { tenant: "b" }), 4);
  assert.equal(book.read("requests", { tenant: "c" }), 0);
  assert.equal(book.read("unheard"), 0);
});

Deno.test("labels without end keep memory and page bounded, lose no count, and keep the closed words", () => {
  const book = new MetricBook(CATALOGUE);
  for (let at = 0; at < 10_000; at++) {
    book.count("requests", { tenant: `t${at}`, outcome: at % 2 === 0 ? "ok" : "rejected" });
    book.observe("wait_seconds", 1, { pool: `p${at}` });
  }
  const page = pageOf(book);
  const requests = page.get("tidegate_requests_total")?.samples ?? [];
  assert.ok(requests.length <= 4_001, String(requests.length));
  assert.equal(book.read("requests"), 10_000);
  assert.equal(book.read("requests", { outcome: "ok" }), 5_000, "tenants give way before outcomes");
  const waits = page.get("tidegate_wait_seconds")?.samples.filter(({ name }) => name.endsWith("_count")) ??
    [];
  assert.ok(waits.length <= 1_001, String(waits.length));
  assert.equal(waits.reduce((total, { value }) => total + value, 0), 10_000);
  assert.ok(textOf(book).length < 1_000_000);
});

Deno.test("a value longer than any name of the config is not kept", () => {
  const book = new MetricBook(CATALOGUE);
  book.count("requests", { tenant: "x".repeat(10_000), outcome: "ok" });
  assert.equal(book.read("requests", { tenant: "other", outcome: "ok" }), 1);
});

Deno.test("what nobody described is shown all the same, within bounds", () => {
  const book = new MetricBook(CATALOGUE);
  book.count("surprises", { kind: "good" }, 2);
  book.observe("size_bytes", 5, { kind: "good" });
  for (let at = 0; at < 1_000; at++) book.count(`invented_${at}`);
  const page = pageOf(book);
  assert.equal(valueOf(page, "tidegate_surprises_total", { kind: "good" }), 2);
  assert.equal(valueOf(page, "tidegate_size_bytes_count", { kind: "good" }), 1);
  assert.equal(page.size, CATALOGUE.length + 100);
  assert.throws(() => book.gauge("unheard", () => 1), RangeError);
});

Deno.test("numbers that are none, and counts that would fall, are left out", () => {
  const book = new MetricBook(CATALOGUE);
  for (const by of [-1, NaN, Infinity]) {
    book.count("plain", undefined, by);
    if (by !== -1) book.observe("wait_seconds", by);
  }
  assert.equal(book.read("plain"), 0);
  assert.equal(pageOf(book).get("tidegate_wait_seconds")?.samples.length, 0);
});

Deno.test("a gauge that cannot be read takes no other metric with it", () => {
  const book = new MetricBook(CATALOGUE);
  book.gauge("level", () => {
    throw new Error("gone");
  });
  book.count("plain");
  const page = pageOf(book);
  assert.equal(page.get("tidegate_level")?.samples.length, 0);
  assert.equal(valueOf(page, "tidegate_plain_total"), 1);
});
