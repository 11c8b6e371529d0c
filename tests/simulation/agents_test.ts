import assert from "node:assert/strict";
import { hostOf, isFailure, keysOf, openScene } from "./open_scene.ts";
import { QuotaMeter } from "./vendors/quota_meter.ts";
import type { QuotaGroup, VendorCounts } from "./vendors/vendor.ts";
import { holdConversations } from "./world/conversations.ts";
import { simulate } from "./world/seeds.ts";
import { percent, printTable } from "./world/table.ts";

/** 200 agents at 8 accounts, with half of what the accounts allow. */
const SHAPE = { conversations: 200, turns: 10, openings: 5, addresses: 6, pauseMs: 10_000 };
const ACCOUNTS = 8;
const LIMIT = 300;

interface AgentsResult {
  readonly failures: number;
  readonly counts: VendorCounts;
  /** Most served calls of one account over the mean. */
  readonly crowding: number;
}

async function runAgents(seed: number, pool: Readonly<Record<string, unknown>>): Promise<AgentsResult> {
  const accounts = Array.from({ length: ACCOUNTS }, (_, index): QuotaGroup => ({
    name: `account-${index}`,
    meter: new QuotaMeter("bucket", LIMIT),
    telling: "honest",
  }));
  let counts: VendorCounts | undefined;
  const { time, chance, network, world } = await openScene(
    seed,
    (its) => {
      const host = hostOf("vendor", accounts.flatMap((account) => keysOf(account, 1)), its);
      counts = host.vendor.counts;
      return [host];
    },
    ([host]) => ({
      pools: [{
        provider: "openai",
        upstreams: [host?.origin],
        models: ["m"],
        keys: [...host?.vendor.keys.keys() ?? []],
        ...pool,
      }],
    }),
  );
  let failures = 0;
  await holdConversations(time, chance, SHAPE, async (request) => {
    if (isFailure(await world.ask(request))) failures++;
  });
  world.invariants.settled();
  const bySecret = Map.groupBy(network.calls, ({ secret }) => secret);
  const most = Math.max(...[...bySecret.values()].map((calls) => calls.length));
  assert.ok(counts);
  return { failures, counts, crowding: most / (network.calls.length / ACCOUNTS) };
}

function rowOf(name: string, { failures, counts, crowding }: AgentsResult): Record<string, string | number> {
  return {
    "affinity": name,
    "client failures": failures,
    "429s": counts.limited,
    "cached of all input": percent(counts.cachedTokens, counts.inputTokens),
    "cached of what is possible": percent(counts.cachedTokens, counts.cacheableTokens),
    "fullest account over mean": crowding.toFixed(2),
  };
}

simulate(
  "200 agents in ten-turn conversations find the account that has their prompt in its cache",
  async (seed) => {
    const none = await runAgents(seed, { affinity: "off" });
    const ip = await runAgents(seed, { affinity: { by: "ip" } });
    const prefix = await runAgents(seed, {});
    printTable(`seed ${seed}: 200 agents, ten turns, ${ACCOUNTS} accounts`, [
      rowOf("none (weighted_round_robin)", none),
      rowOf("ip", ip),
      rowOf("prefix (default)", prefix),
    ]);
    assert.equal(none.failures + ip.failures + prefix.failures, 0);
    assert.ok(ip.counts.cachedTokens > none.counts.cachedTokens);
    assert.ok(prefix.counts.cachedTokens >= 0.95 * prefix.counts.cacheableTokens);
    assert.ok(prefix.crowding <= 1.25, `an account got ${prefix.crowding} of its share`);
  },
);
