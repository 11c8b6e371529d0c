import assert from "node:assert/strict";
import { boundless, hostOf, keysOf, openScene, type Scene } from "../open_scene.ts";
import type { ClientView } from "../world/simulated_exchange.ts";
import { simulate } from "../world/seeds.ts";
import { printTable } from "../world/table.ts";

/** Requests under way that the pool allows, and whom they are for. */
const CONCURRENCY = 50;
const TENANTS = 10;

/** How long tenants send, in milliseconds; only what begins after the first part of it is looked at. */
const SENDING_MS = 24_000;
const WARM_UP_MS = 4_000;

/** What one tenant's even share of the pool serves, by the vendor's mean answer of about 0.93 s. */
const SHARE_PER_SECOND = CONCURRENCY / TENANTS / 0.93;

const BODY = new TextEncoder().encode(
  '{"model":"m","max_tokens":400,"messages":[{"role":"user","content":"Hi"}]}',
);

const keyOf = (tenant: number) => `sk-tenant-number-${String(tenant).padStart(4, "0")}`;

interface Seen extends ClientView {
  readonly tenant: number;
  readonly startMs: number;
}

/** Every tenant's requests arrive by chance at its own rate, whatever becomes of those before. */
async function run(seed: number, ratesPerSecond: readonly number[]): Promise<Seen[]> {
  const scene = await openScene(
    seed,
    (chance) => [hostOf("vendor", keysOf(boundless("all"), 1), chance)],
    ([host]) => ({
      tenants: ratesPerSecond.map((_, tenant) => ({ name: `t${tenant}`, keys: [keyOf(tenant)] })),
      pools: [{
        provider: "openai",
        upstreams: [host?.origin],
        models: ["m"],
        keys: [...host?.vendor.keys.keys() ?? []],
        limits: { concurrency: CONCURRENCY },
        affinity: "off",
      }],
    }),
  );
  return await send(scene, ratesPerSecond);
}

async function send({ time, chance, world }: Scene, ratesPerSecond: readonly number[]): Promise<Seen[]> {
  const seen: Seen[] = [];
  const endMs = time.nowMs + SENDING_MS;
  let id = 0;
  let open = 0;
  let failure: unknown;
  const arrive = (tenant: number, rate: number) => {
    if (time.nowMs >= endMs) return;
    time.after(chance.exponential(1000 / rate), () => arrive(tenant, rate));
    const startMs = time.nowMs;
    const outputTokens = Math.floor(chance.logBetween(20, 400));
    const request = {
      id: id++,
      stream: false,
      body: BODY,
      inputTokens: 20,
      outputTokens,
      tenantKey: keyOf(tenant),
    };
    open++;
    world.ask(request)
      .then((view) => void seen.push({ ...view, tenant, startMs }), (error) => void (failure ??= error))
      .finally(() => void open--);
  };
  ratesPerSecond.forEach((rate, tenant) => {
    if (rate > 0) arrive(tenant, rate);
  });
  const done = await time.run(() => failure !== undefined || (time.nowMs >= endMs && open === 0));
  if (failure !== undefined) throw failure;
  assert.ok(done, "requests were never answered");
  world.invariants.settled();
  return seen.filter(({ startMs }) => startMs >= WARM_UP_MS);
}

function p99Ms(views: readonly Seen[]): number {
  const sorted = views.map(({ startMs, endMs }) => endMs - startMs).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}

/** R. Jain's index: 1 where all have the same, 1/n where one has all. */
function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((all, share) => all + share, 0);
  return sum ** 2 / (shares.length * shares.reduce((all, share) => all + share ** 2, 0));
}

simulate("nine quiet tenants do not notice a tenth that sends fifty times its share", async (seed) => {
  const quiet = Array.from({ length: TENANTS - 1 }, () => SHARE_PER_SECOND * 0.6);
  const alone = await run(seed, [...quiet, 0]);
  const beside = await run(seed, [...quiet, SHARE_PER_SECOND * 50]);
  const quietOnes = beside.filter(({ tenant }) => tenant < TENANTS - 1);
  const aloneMs = p99Ms(alone);
  const besideMs = p99Ms(quietOnes);
  const served = beside.filter(({ status, tenant }) => status === 200 && tenant === TENANTS - 1);
  printTable(`seed ${seed}: nine quiet tenants beside one of 50 times its share`, [{
    "quiet p99 alone, ms": Math.round(aloneMs),
    "beside it, ms": Math.round(besideMs),
    "quiet requests": quietOnes.length,
    "noisy ones served": served.length,
  }]);
  assert.ok(quietOnes.every(({ status }) => status === 200), "a quiet tenant was refused");
  assert.ok(besideMs <= 1.5 * aloneMs, `p99 ${besideMs} ms beside, ${aloneMs} ms alone`);
  // What the quiet ones leave is used: at least most of the other half of the pool.
  assert.ok(served.length > 0.35 * CONCURRENCY * (SENDING_MS - WARM_UP_MS) / 930, `${served.length} served`);
});

simulate(
  "where all want more than there is, all get the same, whoever asks fifty times as often",
  async (seed) => {
    const rates = Array.from(
      { length: TENANTS },
      (_, tenant) => SHARE_PER_SECOND * (tenant === 0 ? 50 : 1.5),
    );
    const seen = await run(seed, rates);
    const served = rates.map((_, tenant) =>
      seen.filter((view) => view.tenant === tenant && view.status === 200).length
    );
    const index = jainIndex(served);
    printTable(`seed ${seed}: ten tenants that all want more`, [{
      "served": served.join(" "),
      "Jain's index": index.toFixed(4),
    }]);
    assert.ok(index >= 0.95, `Jain's index ${index}`);
  },
);
