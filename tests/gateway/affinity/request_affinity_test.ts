import assert from "node:assert/strict";
import { AffinityTable } from "../../../src/balancing/affinity.ts";
import { type AffinityPolicy, DEFAULT_AFFINITY } from "../../../src/balancing/affinity_policy.ts";
import { weightedRoundRobin } from "../../../src/balancing/strategies/weighted_round_robin.ts";
import { makeTier, type Tier } from "../../../src/balancing/tier.ts";
import { scanTopLevel } from "../../../src/core/bytes/json_span.ts";
import { AffinityKeys } from "../../../src/gateway/affinity/affinity_keys.ts";
import { RequestAffinity } from "../../../src/gateway/affinity/request_affinity.ts";
import { requestEstimate } from "../../../src/gateway/facts/request_estimate.ts";
import type { RequestFacts } from "../../../src/gateway/facts/request_facts.ts";
import { candidate, makeBench } from "../../balancing/fixtures.ts";

function tierWith(affinity: AffinityPolicy | undefined): Tier {
  return makeTier([candidate("a"), candidate("b")], { choosing: weightedRoundRobin.create({}), affinity });
}

/** Requests of one tenant over the same tiers, each a conversation of these turns. */
async function desk(...tiers: readonly Tier[]) {
  const bench = await makeBench();
  const affinity = new AffinityTable(bench);
  const room = { ...bench, affinity, affinityKeys: new AffinityKeys(new Uint8Array(32).fill(1)) };
  return (...turns: readonly string[]) => {
    const plan = { name: "route:m", tiers };
    const request = { plan, tenant: "web", clientAddress: "192.0.2.1", headers: {}, facts: factsOf(turns) };
    return new RequestAffinity(room, request);
  };
}

function factsOf(turns: readonly string[]): RequestFacts {
  const messages = turns.map((turn) => ({ role: "user", content: turn.padEnd(3_000) }));
  const bytes = new TextEncoder().encode(JSON.stringify({ messages }));
  const { members, elements } = scanTopLevel(bytes, [], [], "messages");
  return {
    body: { kind: "bytes", bytes, model: undefined },
    ...{ model: "m", written: "m", stream: false, estimate: requestEstimate(0), references: [] },
    json: { bytes, members },
    opening: { bytes, preamble: [], turns: elements },
    captured: { kind: "json", bytes },
    ...{ heldBytes: 0, decoded: false },
  };
}

Deno.test("overflow moves the conversation that flowed over, and nobody who begins like it", async () => {
  const tier = tierWith(DEFAULT_AFFINITY);
  const request = await desk(tier);
  request("hot").assign(tier, "a", false);
  request("hot", "one").assign(tier, "b", true);
  assert.equal(request("hot").find(tier), "a");
  assert.equal(request("hot", "two").find(tier), "a");
  assert.equal(request("hot", "one").find(tier), "b");
  assert.equal(request("hot", "one", "more").find(tier), "b");
  request("hot").assign(tier, "b", true);
  assert.equal(request("hot").find(tier), "a");
});

Deno.test("a caller whose request flowed over stays at home", async () => {
  const tier = tierWith({ by: "ip", ttlMs: 300_000, sliding: false });
  const request = await desk(tier);
  request("x").assign(tier, "a", false);
  request("x").assign(tier, "b", true);
  assert.equal(request("x").find(tier), "a");
  request("x").assign(tier, "b", false);
  assert.equal(request("x").find(tier), "b");
});

Deno.test("tiers are kept apart, and one without affinity remembers nothing", async () => {
  const tiers = [tierWith(DEFAULT_AFFINITY), tierWith(DEFAULT_AFFINITY), tierWith(undefined)] as const;
  const request = await desk(...tiers);
  for (const tier of tiers) request("x").assign(tier, "a", false);
  request("x").assign(tiers[1], "b", false);
  assert.deepEqual(tiers.map((tier) => request("x").find(tier)), ["a", "b", undefined]);
});

Deno.test("the key for hashing is the conversation's, or the caller's where there is none", async () => {
  const [tier, off] = [tierWith(DEFAULT_AFFINITY), tierWith(undefined)];
  const request = await desk(tier, off);
  assert.equal(request("x", "y").hashKey(tier), request("x", "z").hashKey(tier));
  assert.notEqual(request("x").hashKey(tier), request("y").hashKey(tier));
  assert.equal(request("x").hashKey(off), "web\x00192.0.2.1");
  assert.equal(request().hashKey(tier), "web\x00192.0.2.1");
});
