import assert from "node:assert/strict";
import { startLease } from "../../src/balancing/lease.ts";
import { candidate, makeBench, outcome, tierOf } from "./fixtures.ts";

Deno.test("a lease counts from the start to the end, and a second end changes nothing", async () => {
  const { runtime, health } = await makeBench();
  const one = candidate("a");
  const tier = tierOf(one);
  const take = () => startLease({ candidate: one, eligible: [one], tier, runtime, health });
  const first = take();
  const second = take();
  assert.deepEqual(one.endpoint.load, { inFlight: 2, started: 2 });
  first.end(outcome("ok"));
  first.end(outcome("broken"));
  assert.deepEqual(one.endpoint.load, { inFlight: 1, started: 2 });
  second.end(outcome("client_gone"));
  assert.deepEqual(one.endpoint.load, { inFlight: 0, started: 2 });
});

Deno.test("a lease turns the rotation of its tier", async () => {
  const { runtime, health } = await makeBench();
  const [a, b] = [candidate("a"), candidate("b")];
  const tier = tierOf(a, b);
  const pick = () => tier.picker.pick(tier.candidates, { nowMs: 0, random: () => 0 });
  assert.equal(pick(), a);
  startLease({ candidate: a, eligible: tier.candidates, tier, runtime, health }).end(outcome("ok"));
  assert.equal(pick(), b);
});

Deno.test("the first content is timed once", async () => {
  const { runtime, health } = await makeBench();
  const one = candidate("a");
  const lease = startLease({ candidate: one, eligible: [one], tier: tierOf(one), runtime, health });
  assert.equal(lease.firstContentMs, undefined);
  runtime.advance(120);
  lease.firstContent();
  runtime.advance(500);
  lease.firstContent();
  assert.equal(lease.firstContentMs, 120);
  lease.end(outcome("ok"));
});
