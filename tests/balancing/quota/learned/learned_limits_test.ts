import assert from "node:assert/strict";
import type { Outcome } from "../../../../src/core/outcome.ts";
import { LearnedLimits } from "../../../../src/balancing/quota/learned/learned_limits.ts";
import { outcome } from "../../fixtures.ts";
import { estimate, OK } from "../quota_fixtures.ts";

const STEP_MS = 200;
const TOLD = { ...outcome("rate_limited"), cooldownMs: 1_000 };

/** Offers five requests a second for `forMs`; the first `refusals` sent are refused. Returns when those accepted went out. */
function offer(refusals: number, refusal: Outcome, forMs: number): number[] {
  const limits = new LearnedLimits();
  const accepted: number[] = [];
  let seq = 0;
  for (let nowMs = 0; nowMs < forMs; nowMs += STEP_MS) {
    if (limits.shortage(estimate(), nowMs) !== undefined) continue;
    const share = limits.take(estimate(), ++seq, nowMs);
    const isRefused = seq <= refusals;
    limits.end(share, isRefused ? refusal : OK, estimate(), nowMs);
    if (!isRefused) accepted.push(nowMs);
  }
  return accepted;
}

Deno.test("one early refusal costs no more than the time that it told", () => {
  const accepted = offer(1, TOLD, 198_000);
  assert.equal(accepted[0], 1_000);
  assert.equal(accepted.length, 990 - 5);
});

for (
  const [name, refusals, refusal] of [["told", 20, TOLD], ["untold", 1, outcome("rate_limited")]] as const
) {
  Deno.test(`a limit guessed far too low from ${refusals} ${name} refusals is out of the way within five minutes`, () => {
    const late = offer(refusals, refusal, 360_000).filter((atMs) => atMs >= 300_000);
    assert.ok(late.length >= 0.95 * 300, `${late.length} of 300 in the sixth minute`);
  });
}
