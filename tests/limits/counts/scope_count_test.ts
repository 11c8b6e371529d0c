import assert from "node:assert/strict";
import { ScopeCount } from "../../../src/limits/counts/scope_count.ts";

Deno.test("what fits fits now, whatever fraction of a millisecond the clock stands at", () => {
  const limits = { budget: { usdMicros: 5_000_000, period: { kind: "month", zone: "UTC" } } } as const;
  const count = new ScopeCount("tenant/web");
  for (let step = 0; step < 1_000; step++) {
    const now = { monotonicMs: 104.1371 + step * 0.0137, wallMs: 1_795_900_304_000 + step };
    const scope = { name: "tenant/web", limits, of: "tenant", model: undefined, found: undefined } as const;
    assert.equal(count.shortage(scope, { tokens: 0, usdMicros: 100, bytes: 0 }, now), undefined);
  }
});
