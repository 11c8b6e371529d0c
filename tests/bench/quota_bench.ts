/**
 * What asking for room costs. Run with `deno bench -A tests/bench/quota_bench.ts`.
 * @module
 */
import { candidate } from "../balancing/fixtures.ts";
import { estimate, limited, OK, quotaBench } from "../balancing/quota/quota_fixtures.ts";

const KEYS = 50_000;
const ROUND = 1_000;

const { book, runtime } = await quotaBench();
const nowMs = runtime.monotonic();
const unknown = Array.from({ length: KEYS }, (_, index) => candidate(`u${index}`));
const learned = Array.from({ length: KEYS }, (_, index) => candidate(`l${index}`));
const declared = Array.from(
  { length: KEYS },
  (_, index) => limited(`d${index}`, { requestsPerMinute: 500, tokensPerMinute: 1e6, concurrency: 50 }),
);
for (const one of learned) {
  const hold = book.begin(one, "m", estimate(), nowMs);
  hold.learn({
    requests: { limit: 500, remaining: 400, resetMs: 12_000 },
    tokens: { limit: 200_000, remaining: 150_000, resetMs: 15_000 },
  }, nowMs);
  hold.end(OK, nowMs);
}
for (const one of declared) book.begin(one, "m", estimate(), nowMs).end(OK, nowMs);

const cost = estimate(500);
let at = 0;

for (const [name, candidates] of Object.entries({ unknown, learned, declared })) {
  Deno.bench(
    { name: `shortage, ${name} limits, ${ROUND} of ${KEYS} keys in turn`, group: "shortage" },
    () => {
      for (let count = 0; count < ROUND; count++) {
        const one = candidates[at++ % KEYS];
        if (one !== undefined) book.shortage(one, "m", cost, nowMs);
      }
    },
  );
  Deno.bench(
    { name: `headroom, ${name} limits, ${ROUND} of ${KEYS} keys in turn`, group: "headroom" },
    () => {
      for (let count = 0; count < ROUND; count++) {
        const one = candidates[at++ % KEYS];
        if (one !== undefined) book.headroom(one, "m", nowMs);
      }
    },
  );
  Deno.bench({ name: `begin and end, ${name} limits, ${ROUND} requests`, group: "use" }, () => {
    for (let count = 0; count < ROUND; count++) {
      const one = candidates[at++ % KEYS];
      if (one !== undefined) book.begin(one, "m", cost, nowMs).end(OK, nowMs);
    }
  });
}
