import assert from "node:assert/strict";
import { Tally } from "../../../src/cli/demo/tally.ts";

const counts = { requests: 9, answered: 5, limited: 1, failed: 2, cut: 3, inFlight: 0 };

Deno.test("a tally tells who served, what failed over, and medians of first tokens", () => {
  const tally = new Tally();
  for (let number = 0; number < 5; number++) tally.asked();
  tally.heard({ ok: true, upstream: "fast", attempts: 1, firstTokenMs: 10.4 });
  tally.heard({ ok: true, upstream: "fast", attempts: 2, firstTokenMs: 30 });
  tally.heard({ ok: true, upstream: "slow", attempts: 1, firstTokenMs: undefined });
  tally.heard({ ok: false, upstream: undefined, attempts: 4, firstTokenMs: undefined });
  const report = tally.report(3, [{ name: "fast", counts }, { name: "slow", counts }]);
  assert.deepEqual(report, {
    seconds: 3,
    requests: 5,
    ok: 3,
    failed: 1,
    failovers: 2,
    inFlight: 1,
    firstTokenP50Ms: 30,
    upstreams: [
      { name: "fast", served: 2, firstTokenP50Ms: 30, limited: 1, failed: 2, cut: 3 },
      { name: "slow", served: 1, firstTokenP50Ms: null, limited: 1, failed: 2, cut: 3 },
    ],
  });
});

Deno.test("a tally keeps the newest thousand times", () => {
  const tally = new Tally();
  for (let number = 0; number < 1000; number++) {
    tally.heard({ ok: true, upstream: "fast", attempts: 1, firstTokenMs: 1 });
  }
  for (let number = 0; number < 501; number++) {
    tally.heard({ ok: true, upstream: "fast", attempts: 1, firstTokenMs: 9 });
  }
  assert.equal(tally.report(1, [{ name: "fast", counts }]).upstreams[0]?.firstTokenP50Ms, 9);
});
