import assert from "node:assert/strict";
import { fakeRuntime } from "../../../support/fake_runtime.ts";
import { Chance } from "../../../simulation/world/chance.ts";
import { estimate, limited, OK, quotaBench } from "../quota_fixtures.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What went out and came back. */
interface Seen {
  readonly sentMs: number;
  readonly tokens: number;
}

for (const seed of [1, 2, 3]) {
  Deno.test(`under 1,000 requests at once no declared limit is ever exceeded (seed ${seed})`, async () => {
    const runtime = fakeRuntime({ seed });
    const { book } = await quotaBench(runtime);
    const chance = new Chance(seed);
    const max = { requests: 120, tokens: 40_000, day: 900, concurrency: 25 };
    const one = limited("a", {
      requestsPerMinute: max.requests,
      tokensPerMinute: max.tokens,
      requestsPerDay: { max: max.day, resetMinute: 5, zone: "UTC" },
      concurrency: max.concurrency,
    });
    const seen: Seen[] = [];
    let underWay = 0;
    let most = 0;
    let waiting = 1_000;
    for (let step = 0; step < 4_000; step++) {
      const nowMs = runtime.monotonic();
      while (waiting > 0) {
        const tokens = Math.ceil(chance.between(1, 900)) * 2;
        if (book.shortage(one, "m", estimate(tokens), nowMs) !== undefined) break;
        waiting--;
        seen.push({ sentMs: nowMs, tokens });
        most = Math.max(most, ++underWay);
        const hold = book.begin(one, "m", estimate(tokens), nowMs);
        runtime.after(chance.logNormal(2_000, 1), () => {
          underWay--;
          waiting++;
          hold.end(OK, runtime.monotonic());
          hold.settle({ inputTokens: tokens / 2, outputTokens: tokens / 2 });
        });
      }
      runtime.advance(chance.exponential(200));
    }
    assert.equal(most, max.concurrency);
    assert.ok(seen.length > 500, `${seen.length} went out`);
    let first = 0;
    let tokens = 0;
    for (const [index, { sentMs, tokens: cost }] of seen.entries()) {
      tokens += cost;
      for (; (seen[first]?.sentMs ?? 0) <= sentMs - MINUTE_MS; first++) tokens -= seen[first]?.tokens ?? 0;
      assert.ok(index - first + 1 <= max.requests, `requests at ${sentMs}`);
      assert.ok(tokens <= max.tokens, `${tokens} tokens at ${sentMs}`);
    }
    // The fake clocks stand at midnight and 1,000 when they begin; the day ends five minutes later, and a day after that.
    const resetMs = 1_000 + 5 * MINUTE_MS;
    for (const [from, until] of [[0, resetMs], [resetMs, resetMs + DAY_MS]] as const) {
      const ofDay = seen.filter(({ sentMs }) => sentMs >= from && sentMs < until).length;
      assert.ok(ofDay <= max.day, `${ofDay} in a day`);
    }
  });
}
