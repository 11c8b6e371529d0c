import assert from "node:assert/strict";
import { renderTable, tableLines } from "../../../src/cli/demo/table.ts";

const report = {
  seconds: 12,
  requests: 48,
  ok: 45,
  failed: 1,
  failovers: 7,
  inFlight: 2,
  firstTokenP50Ms: 143,
  upstreams: [
    { name: "fast", served: 30, firstTokenP50Ms: 104, limited: 0, failed: 0, cut: 0 },
    { name: "limited", served: 15, firstTokenP50Ms: null, limited: 5, failed: 0, cut: 0 },
  ],
};

Deno.test("the table aligns its columns and says what is not yet known", () => {
  assert.equal(
    renderTable(report, false),
    `upstream  served  first token p50  429  errors  cut
fast          30           104 ms    0       0    0
limited       15                –    5       0    0

48 asked, 45 answered, 2 open, 1 failed, 7 failed over
first token p50 143 ms, 12 s
`,
  );
});

Deno.test("a table drawn over another goes up exactly its own lines", () => {
  const plain = renderTable(report, false);
  assert.equal(tableLines(report), plain.split("\n").length - 1);
  assert.equal(renderTable(report, true), `\x1b[${tableLines(report)}A\x1b[J${plain}`);
});
