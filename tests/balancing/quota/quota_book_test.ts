import assert from "node:assert/strict";
import type { Candidate } from "../../../src/balancing/endpoint.ts";
import type { QuotaBook } from "../../../src/balancing/quota/quota_book.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { atOnce } from "../../../src/core/time/steps.ts";
import { candidate, outcome } from "../fixtures.ts";
import { estimate, limited, OK, quotaBench } from "./quota_fixtures.ts";

const MINUTE_MS = 60_000;
const UNREACHABLE = outcome("unreachable", { free: true });

/** Sends one and lets it come back with `remaining` of `limit` left, after an even refill. */
function told(book: QuotaBook, one: Candidate, nowMs: number, limit: number, remaining: number): void {
  const hold = book.begin(one, "m", estimate(), nowMs);
  const resetMs = (limit - remaining) * MINUTE_MS / limit;
  hold.learn({ requests: { limit, remaining, resetMs } }, nowMs);
  hold.end(OK, nowMs);
}

function refused(book: QuotaBook, one: Candidate, nowMs: number, cooldownMs?: number): void {
  const limit: Partial<Outcome> = cooldownMs === undefined ? {} : { cooldownMs };
  book.begin(one, "m", estimate(), nowMs).end(outcome("rate_limited", limit), nowMs);
}

Deno.test("of what nobody told anything, there is room and no rate", async () => {
  const { book } = await quotaBench();
  const one = candidate("a");
  assert.equal(book.shortage(one, "m", estimate(1e9), 0), undefined);
  assert.equal(book.headroom(one, "m", 0), 1);
  assert.equal(book.rate(one, "m"), undefined);
});

Deno.test("what the vendor left is used up by what goes out, and comes back evenly", async () => {
  const { book } = await quotaBench();
  const one = candidate("a");
  told(book, one, 0, 60, 2);
  assert.equal(book.rate(one, "m"), 60);
  book.begin(one, "m", estimate(), 0);
  book.begin(one, "m", estimate(), 0);
  assert.deepEqual(book.shortage(one, "m", estimate(), 0), { untilMs: 1_000, reason: "learned" });
  assert.deepEqual(book.shortage(one, "m", estimate(), 400), { untilMs: 1_000, reason: "learned" });
  assert.equal(book.shortage(one, "m", estimate(), 1_000), undefined);
  assert.equal(book.shortage(one, "other", estimate(), 0), undefined, "vendors meter each model");
});

Deno.test("an answer counts as of its request: what went out since is taken off, late ones undo nothing", async () => {
  const { book } = await quotaBench();
  const one = candidate("a");
  told(book, one, 0, 60, 5);
  const early = book.begin(one, "m", estimate(), 0);
  const late = book.begin(one, "m", estimate(), 0);
  book.begin(one, "m", estimate(), 0);
  late.learn({ requests: { limit: 60, remaining: 1, resetMs: 59_000 } }, 0);
  assert.equal(book.shortage(one, "m", estimate(), 0)?.untilMs, 1_000, "one went out after it");
  early.learn({ requests: { limit: 60, remaining: 4, resetMs: 56_000 } }, 0);
  assert.equal(book.shortage(one, "m", estimate(), 0)?.untilMs, 1_000);
});

Deno.test("a request that never reached the vendor is given back, once", async () => {
  const { book } = await quotaBench();
  const one = candidate("a");
  told(book, one, 0, 60, 1);
  const hold = book.begin(one, "m", estimate(), 0);
  assert.notEqual(book.shortage(one, "m", estimate(), 0), undefined);
  hold.end(UNREACHABLE, 0);
  hold.end(UNREACHABLE, 0);
  assert.equal(book.shortage(one, "m", estimate(), 0), undefined);
  book.begin(one, "m", estimate(), 0);
  assert.notEqual(book.shortage(one, "m", estimate(), 0), undefined, "it was one");
});

Deno.test("after a refusal there is no room until the time that was told", async () => {
  const { book } = await quotaBench();
  const one = candidate("a");
  told(book, one, 0, 60, 0);
  refused(book, one, 0, 7_000);
  assert.deepEqual(book.shortage(one, "m", estimate(), 1_000), { untilMs: 7_000, reason: "learned" });
  assert.equal(book.headroom(one, "m", 1_000), 0);
  assert.equal(book.shortage(one, "m", estimate(), 7_000), undefined);
});

Deno.test("tokens are reserved by estimate, and settled by what was used unless the vendor has told since", async () => {
  const { book, runtime } = await quotaBench();
  const nowMs = runtime.monotonic();
  const one = candidate("a");
  const first = book.begin(one, "m", estimate(), nowMs);
  first.learn({ tokens: { limit: 60_000, remaining: 3_000, resetMs: 57_000 } }, nowMs);
  const second = book.begin(one, "m", estimate(2_000), nowMs);
  assert.equal(book.shortage(one, "m", estimate(2_000), nowMs)?.untilMs, nowMs + 1_000);
  second.end(OK, nowMs);
  second.settle({ inputTokens: 400, outputTokens: 100 });
  second.settle({ inputTokens: 400, outputTokens: 100 });
  assert.equal(book.shortage(one, "m", estimate(2_500), nowMs), undefined, "1,500 came back, once");
  assert.notEqual(book.shortage(one, "m", estimate(2_600), nowMs), undefined);
  first.settle({ inputTokens: 0, outputTokens: 0 });
  assert.notEqual(
    book.shortage(one, "m", estimate(2_600), nowMs),
    undefined,
    "what was told holds it already",
  );
});

Deno.test("a request larger than a limit waits for a whole one instead of for ever", async () => {
  const { book } = await quotaBench();
  const one = candidate("a");
  book.begin(one, "m", estimate(), 0).learn(
    { tokens: { limit: 6_000, remaining: 3_000, resetMs: 30_000 } },
    0,
  );
  assert.equal(book.shortage(one, "m", estimate(1e6), 0)?.untilMs, 30_000);
  assert.equal(book.shortage(one, "m", estimate(1e6), 30_000), undefined);
});

Deno.test("keys of a declared group share what is left, and its rate", async () => {
  const { book } = await quotaBench();
  const [one, two] = [candidate("a", { group: "org" }), candidate("b", { group: "org" })];
  told(book, one, 0, 60, 1);
  book.begin(two, "m", estimate(), 0);
  assert.notEqual(book.shortage(one, "m", estimate(), 0), undefined);
  assert.equal(book.rate(one, "m"), 30);
  assert.deepEqual(book.groups(), [], "nothing was found out");
});

Deno.test("the caller's own credential teaches nothing", async () => {
  const { book } = await quotaBench();
  const one = candidate("a", { key: "client" });
  told(book, one, 0, 60, 0);
  refused(book, one, 0, 5_000);
  assert.equal(book.shortage(one, "m", estimate(), 0), undefined);
});

Deno.test("declared limits of a key, a model and a pool all hold, and say that they are our own", async () => {
  const { book } = await quotaBench();
  const one = limited("a", { requestsPerMinute: 3, concurrency: 2 }, { m: { requestsPerMinute: 1 } });
  assert.equal(book.rate(one, "m"), 1);
  assert.equal(book.rate(one, "other"), 3);
  const hold = book.begin(one, "m", estimate(), 0);
  assert.deepEqual(book.shortage(one, "m", estimate(), 0), { untilMs: 61_000, reason: "declared" });
  assert.equal(book.shortage(one, "other", estimate(), 0), undefined);
  book.begin(one, "other", estimate(), 0);
  assert.equal(book.shortage(one, "other", estimate(), 0)?.reason, "concurrency");
  assert.equal(book.headroom(one, "other", 0), 0);
  hold.end(OK, 0);
  assert.equal(book.shortage(one, "other", estimate(), 0), undefined);
  book.begin(one, "other", estimate(), 0).end(OK, 0);
  assert.equal(book.shortage(one, "other", estimate(), 0)?.reason, "declared");
});

Deno.test("a day's count survives a restart, and ends at the config's time of day", async () => {
  const day = { max: 2, resetMinute: 60, zone: "UTC" };
  const one = limited("a", { requestsPerDay: day });
  const before = await quotaBench();
  const { runtime, store } = before;
  before.book.begin(one, "m", estimate(), runtime.monotonic());
  before.book.begin(one, "m", estimate(), runtime.monotonic());
  await before.state.flush();
  const after = await quotaBench(runtime, store);
  await after.book.restore();
  const nowMs = runtime.monotonic();
  // The fake wall clock begins at midnight UTC.
  assert.deepEqual(after.book.shortage(one, "m", estimate(), nowMs), {
    untilMs: nowMs + 60 * MINUTE_MS,
    reason: "declared",
  });
  runtime.advance(60 * MINUTE_MS);
  assert.equal(after.book.shortage(one, "m", estimate(), runtime.monotonic()), undefined);
});

Deno.test("counts that no endpoint declares any more are let go once nothing uses them", async () => {
  const { book } = await quotaBench();
  const one = limited("a", { requestsPerMinute: 1 });
  const hold = book.begin(one, "m", estimate(), 0);
  atOnce(book.configured([]));
  assert.notEqual(book.shortage(one, "m", estimate(), 0), undefined, "still in use");
  hold.end(OK, 0);
  atOnce(book.configured([]));
  const anew = limited("a", { requestsPerMinute: 1 });
  assert.equal(book.shortage(anew, "m", estimate(), 0), undefined);
});
