import assert from "node:assert/strict";
import { RetryBudgets } from "../../src/upstream/retry_budget.ts";
import { arrayExchange } from "../support/array_exchange.ts";
import { attemptsSetup, candidateAt } from "../support/attempts_setup.ts";
import { fakeUpstream, refusedUrl } from "../support/fake_upstream.ts";
import { errorAnswer, FAULTS } from "../support/fake_upstream_script.ts";

const POLICY = { share: 0.2, floorPerSecond: 1 };

/** How many of `wanted` retries a pool gets at `nowMs`. */
function taken(budgets: RetryBudgets, nowMs: number, wanted = 1_000, pool = "p"): number {
  let count = 0;
  for (let each = 0; each < wanted; each++) if (budgets.take(pool, POLICY, nowMs)) count++;
  return count;
}

Deno.test("a quiet pool gets its floor of ten seconds, a busy one a share of its requests on top", () => {
  const budgets = new RetryBudgets();
  assert.equal(taken(budgets, 5_000), 10);
  for (let each = 0; each < 100; each++) budgets.began("p", 5_000 + each * 10);
  assert.equal(taken(budgets, 6_000), 20);
  assert.equal(taken(budgets, 6_000), 0);
});

Deno.test("requests and retries count for ten seconds, to the second", () => {
  const budgets = new RetryBudgets();
  for (let each = 0; each < 100; each++) budgets.began("p", 1_500);
  assert.equal(taken(budgets, 1_500), 30);
  assert.equal(taken(budgets, 10_999), 0);
  assert.equal(
    taken(budgets, 11_000),
    10,
    "the hundred requests are out of the window, and so are their retries",
  );
});

Deno.test("each pool has a budget of its own, and a pool that is gone is forgotten", () => {
  const budgets = new RetryBudgets();
  assert.equal(taken(budgets, 0, 1_000, "a"), 10);
  assert.equal(taken(budgets, 0, 1_000, "b"), 10);
  budgets.retain(new Set(["b"]));
  assert.equal(taken(budgets, 0, 1_000, "a"), 10);
  assert.equal(taken(budgets, 0, 1_000, "b"), 0);
});

Deno.test("past its budget a failure is told at once, counted, and said in the decision", async () => {
  await using setup = attemptsSetup();
  await using bad = await fakeUpstream(errorAnswer(500, {}));
  await using good = await fakeUpstream(FAULTS.ok);
  const tiers = [[candidateAt("bad", bad.url), candidateAt("good", good.url)]];
  const result = await setup.run({
    exchange: arrayExchange(),
    tiers,
    budget: { share: 0, floorPerSecond: 0 },
  });
  assert.equal(result.error?.code, "upstream_error");
  assert.equal(result.why?.stopped, "retry_budget");
  assert.deepEqual([bad.deliveries.length, good.deliveries.length], [1, 0]);
  assert.equal(setup.observer.read("retries_over_budget", { pool: "pool" }), 1);
});

Deno.test("what cost no upstream any work needs no budget: refused connections, refused keys, limits", async () => {
  for (const fault of ["refused", errorAnswer(401, {}), errorAnswer(429, {})] as const) {
    await using setup = attemptsSetup();
    await using bad = await fakeUpstream(fault === "refused" ? FAULTS.ok : fault);
    await using good = await fakeUpstream(FAULTS.ok);
    const url = fault === "refused" ? await refusedUrl() : bad.url;
    const tiers = [[candidateAt("bad", url), candidateAt("good", good.url)]];
    const budget = { share: 0, floorPerSecond: 0 };
    const result = await setup.run({ exchange: arrayExchange(), tiers, budget });
    assert.equal(result.outcome, "ok");
    assert.equal(result.why?.stopped, undefined);
  }
});

Deno.test("another pool is asked for the first time whatever the budget of the one before", async () => {
  await using setup = attemptsSetup();
  await using bad = await fakeUpstream(errorAnswer(500, {}));
  await using good = await fakeUpstream(FAULTS.ok);
  const other = candidateAt("other", good.url);
  const tiers = [
    [candidateAt("a", bad.url), candidateAt("b", bad.url)],
    [{ ...other, endpoint: { ...other.endpoint, pool: "other" } }],
  ];
  const result = await setup.run({
    exchange: arrayExchange(),
    tiers,
    budget: { share: 0, floorPerSecond: 0 },
  });
  assert.equal(result.outcome, "ok");
  assert.equal(bad.deliveries.length, 1);
});
