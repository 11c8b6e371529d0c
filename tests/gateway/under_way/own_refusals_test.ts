import assert from "node:assert/strict";
import { OwnRefusals } from "../../../src/gateway/under_way/own_refusals.ts";

Deno.test("a pool's own refusals fade within a minute, and the busiest minute stays", () => {
  const refusals = new OwnRefusals();
  for (let times = 0; times < 7; times++) refusals.refused("a", 10_000);
  refusals.refused("a", 70_000);
  refusals.refused("b", 70_000);
  assert.deepEqual(refusals.read("a", 90_000), { current: 5, peak: 7 });
  assert.deepEqual(refusals.read("a", 600_000), { current: 0, peak: 7 });
  refusals.retain(new Set(["b"]));
  assert.deepEqual(refusals.read("a", 600_000), { current: 0, peak: 0 });
  assert.deepEqual(refusals.read("b", 70_000), { current: 1, peak: 1 });
});
