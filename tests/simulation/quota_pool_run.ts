import { pickers } from "./baselines/pickers.ts";
import { PlainGateway } from "./baselines/plain_gateway.ts";
import { Network } from "./vendors/network.ts";
import { foreignTraffic, type QuotaPool, quotaPool, type QuotaPoolShape } from "./vendors/quota_pool.ts";
import { Chance } from "./world/chance.ts";
import { GatewayWorld } from "./world/gateway_world.ts";
import { percent, perRequest } from "./world/table.ts";
import { sendTraffic } from "./world/traffic.ts";
import { VirtualTime } from "./world/virtual_time.ts";

/** A pool of keys bound by quotas, under load. */
export interface QuotaScenario {
  readonly seed: number;
  readonly requests: number;
  /** Our own load as a share of what the pool can serve. */
  readonly load: number;
  /** What strangers take of every limit. */
  readonly foreign: number;
  readonly pool: QuotaPoolShape;
}

/** What a run came to. */
export interface QuotaResult {
  readonly name: string;
  readonly requests: number;
  readonly clientFailures: number;
  /** Calls that the vendor refused for their rate. */
  readonly limited: number;
  /** Calls under keys that the vendor does not know. */
  readonly unauthorized: number;
  readonly calls: number;
}

const ORIGIN = "http://vendor.test";

/** What differs between runs of one seed is the gateway alone: pool, arrivals and strangers are drawn anew from the same numbers. */
interface Stage {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly pool: QuotaPool;
}

function stageOf({ seed, pool: shape, foreign }: QuotaScenario): Stage {
  const time = new VirtualTime(seed);
  const chance = new Chance(seed);
  const pool = quotaPool(chance, shape);
  if (foreign > 0) foreignTraffic(time, new Chance(seed + 1_000_000), pool, foreign);
  return { time, chance: new Chance(seed + 2_000_000), pool };
}

/** The real gateway with its default config; `inference` false: each key is declared to be a quota group of its own. */
export async function runOurs(
  name: string,
  scenario: QuotaScenario,
  { inference = true } = {},
): Promise<QuotaResult> {
  const stage = stageOf(scenario);
  const { time, pool } = stage;
  const network = new Network(time, [{ origin: ORIGIN, vendor: pool.vendor, outages: [] }]);
  const keys = inference ? pool.secrets : pool.secrets.map((key) => ({ key, quotaGroup: `only-${key}` }));
  const pools = [{ provider: "openai", upstreams: [`${ORIGIN}/v1`], keys, models: ["m"] }];
  const world = await GatewayWorld.open({ time, network, config: { pools } });
  const result = await load(name, scenario, stage, async (request) => {
    const { status, ended } = await world.ask(request);
    return status === 200 && ended;
  });
  world.invariants.settled();
  return { ...result, calls: network.calls.length };
}

/** Every baseline under the same pool, arrivals and strangers. */
export async function runBaselines(scenario: QuotaScenario): Promise<QuotaResult[]> {
  const results: QuotaResult[] = [];
  for (const [name, pick] of Object.entries(pickers())) {
    const stage = stageOf(scenario);
    const plain = new PlainGateway(stage.time, new Chance(scenario.seed), stage.pool.vendor, pick);
    const result = await load(name, scenario, stage, (request) => plain.ask(request));
    results.push({ ...result, calls: plain.calls });
  }
  return results;
}

async function load(
  name: string,
  { requests, load }: QuotaScenario,
  { time, chance, pool }: Stage,
  ask: (request: Parameters<GatewayWorld["ask"]>[0]) => Promise<boolean>,
): Promise<Omit<QuotaResult, "calls">> {
  let clientFailures = 0;
  const shape = { requests, perSecond: load * pool.capacityPerMinute / 60, streamedShare: 0.5 };
  await sendTraffic(time, chance, shape, async (request) => {
    if (!await ask(request)) clientFailures++;
  });
  const { limited, unauthorized } = pool.vendor.counts;
  return { name, requests, clientFailures, limited, unauthorized };
}

/** A line of the table. */
export function rowOf(result: QuotaResult): Record<string, string> {
  const { name, requests, clientFailures, limited, unauthorized, calls } = result;
  return {
    "gateway": name,
    "client failures": percent(clientFailures, requests),
    "429s a request": perRequest(limited, requests),
    "401s": String(unauthorized),
    "calls a request": perRequest(calls, requests),
  };
}
