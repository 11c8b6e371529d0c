import type { Chance } from "../world/chance.ts";
import type { VirtualTime } from "../world/virtual_time.ts";
import { ENFORCEMENTS, QuotaMeter } from "./quota_meter.ts";
import { type LatencyProfile, type QuotaGroup, Vendor, type VendorKey } from "./vendor.ts";

/** The pool of `reliability.md` P21, drawn by lot. */
export interface QuotaPoolShape {
  readonly keys: number;
  /** Organisations that the keys belong to, one key each at least; who shares one is nowhere said. */
  readonly groups: number;
  readonly deadKeys: number;
  readonly telling: QuotaGroup["telling"];
}

/** A vendor whose keys are bound by quotas that the gateway is not told of. */
export interface QuotaPool {
  readonly vendor: Vendor;
  readonly secrets: readonly string[];
  readonly groups: readonly QuotaGroup[];
  /** Requests a minute that the keys alive can have served. */
  readonly capacityPerMinute: number;
}

/** Limits of the organisations, in requests a minute: `reliability.md` P21. */
const LIMITS = { low: 30, high: 1000 };

const LATENCY: LatencyProfile = { firstTokenMs: 400, sigma: 0.5, tokensPerSecond: 80 };

/** Draws a pool. */
export function quotaPool(chance: Chance, shape: QuotaPoolShape): QuotaPool {
  const groups = Array.from({ length: shape.groups }, (_, index): QuotaGroup => ({
    name: `organisation ${index}`,
    meter: new QuotaMeter(
      chance.oneOf(ENFORCEMENTS),
      Math.round(chance.logBetween(LIMITS.low, LIMITS.high) / 10) * 10,
    ),
    telling: shape.telling,
  }));
  const dead = new Set<number>();
  while (dead.size < shape.deadKeys) dead.add(Math.floor(chance.between(0, shape.keys)));
  const keys = Array.from({ length: shape.keys }, (_, index): VendorKey => ({
    secret: `sk-simulated-${String(index).padStart(4, "0")}`,
    group: groups[index] ?? chance.oneOf(groups),
    dead: dead.has(index),
  }));
  const alive = new Set(keys.filter((key) => !key.dead).map((key) => key.group));
  return {
    vendor: new Vendor(keys, LATENCY, chance),
    secrets: keys.map((key) => key.secret),
    groups,
    capacityPerMinute: [...alive].reduce((sum, { meter }) => sum + meter.limit, 0),
  };
}

/** Lets strangers use every group for `share` of its limit, Poisson, as long as time runs. */
export function foreignTraffic(time: VirtualTime, chance: Chance, pool: QuotaPool, share: number): void {
  for (const { meter } of pool.groups) {
    const meanMs = 60_000 / (meter.limit * share);
    const next = () => {
      meter.take(1, time.nowMs);
      time.after(chance.exponential(meanMs), next);
    };
    time.after(chance.exponential(meanMs), next);
  }
}
