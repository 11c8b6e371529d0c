import { type Host, Network } from "./vendors/network.ts";
import { QuotaMeter } from "./vendors/quota_meter.ts";
import { type LatencyProfile, type QuotaGroup, Vendor, type VendorKey } from "./vendors/vendor.ts";
import { Chance } from "./world/chance.ts";
import { GatewayWorld } from "./world/gateway_world.ts";
import { type ClientView } from "./world/simulated_exchange.ts";
import { sendTraffic, type TrafficShape } from "./world/traffic.ts";
import { VirtualTime } from "./world/virtual_time.ts";

/** A gateway before hosts, ready for traffic. */
export interface Scene {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly world: GatewayWorld;
  /** Sends ordinary traffic and resolves to the requests that failed, once all are answered and nothing is left over. */
  send(shape: TrafficShape, failed?: (view: ClientView) => boolean): Promise<ClientView[]>;
}

/** Fast answers, where latency is not the matter. */
export const QUICK: LatencyProfile = { firstTokenMs: 300, sigma: 0.3, tokensPerSecond: 200 };

/** A limit that is never reached. */
export function boundless(name: string): QuotaGroup {
  return { name, meter: new QuotaMeter("bucket", 1_000_000), telling: "silent" };
}

/** `count` good keys of one group. */
export function keysOf(group: QuotaGroup, count: number): VendorKey[] {
  return Array.from({ length: count }, (_, index) => ({
    secret: `sk-simulated-${group.name}-${String(index).padStart(4, "0")}`,
    group,
    dead: false,
  }));
}

/** A host of that name whose vendor knows the keys. */
export function hostOf(
  name: string,
  keys: readonly VendorKey[],
  chance: Chance,
  outages: Host["outages"] = [],
): Host {
  return { origin: `http://${name}.test`, vendor: new Vendor(keys, QUICK, chance), outages };
}

/** Opens a scene with the pools that the hosts' keys make up, or the config that `config` says. */
export async function openScene(
  seed: number,
  makeHosts: (chance: Chance) => readonly Host[],
  config: (hosts: readonly Host[]) => Readonly<Record<string, unknown>>,
): Promise<Scene> {
  const time = new VirtualTime(seed);
  const chance = new Chance(seed);
  const hosts = makeHosts(new Chance(seed + 1_000_000));
  const network = new Network(time, hosts);
  const world = await GatewayWorld.open({ time, network, config: config(hosts) });
  return {
    ...{ time, chance, network, world },
    async send(shape, failed = isFailure) {
      const failures: ClientView[] = [];
      await sendTraffic(time, chance, shape, async (request) => {
        const view = await world.ask(request);
        if (failed(view)) failures.push(view);
      });
      world.invariants.settled();
      return failures;
    },
  };
}

/** Whether a client did not get a whole answer. */
export function isFailure({ status, ended }: ClientView): boolean {
  return status !== 200 || !ended;
}
