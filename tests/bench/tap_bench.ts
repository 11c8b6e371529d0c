/**
 * What looking at a chunk that goes by costs: the copy for the record and the tap that usage is read from. Run with
 * `deno bench -A tests/bench/tap_bench.ts`.
 */
import { Capture, CaptureBudget } from "../../src/recording/capture.ts";
import { UsageTap } from "../../src/upstream/usage/usage_tap.ts";
import { CONTENT_EVENT } from "../../tools/bench/upstream/answers.ts";

const CHUNKS = 500;
const chunk = new TextEncoder().encode(CONTENT_EVENT);

Deno.bench({
  name: `usage tap: a stream of ${CHUNKS} chunks`,
  group: "tap",
  fn() {
    const tap = new UsageTap();
    for (let count = 0; count < CHUNKS; count++) tap.push(chunk);
  },
});

const budget = new CaptureBudget(1_000_000_000);
Deno.bench({
  name: `copy for the record: a stream of ${CHUNKS} chunks`,
  group: "tap",
  fn() {
    const capture = new Capture(budget, 1_000_000);
    for (let count = 0; count < CHUNKS; count++) capture.push(chunk);
    capture.bytes();
    capture.release();
  },
});
