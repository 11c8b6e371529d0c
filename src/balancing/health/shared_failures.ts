import { SHARED_FAILURE_MEMORY_MS, SHARED_FAILURE_MIN_KEYS, SHARED_FAILURE_WINDOW_MS } from "./limits.ts";

/** One refused key, and where. */
export interface Refusal {
  readonly pool: string;
  /** Scope of the upstream that refused. */
  readonly upstream: string;
  /** Scope of the key. */
  readonly key: string;
}

/** What one upstream refused of one pool's keys of late. */
interface Sight {
  readonly pool: string;
  /** Monotonic time of each key's last refusal, oldest first; only those within the window. */
  readonly refusals: Map<string, number>;
  /** When this upstream was last found to be at fault. */
  sharedMs: number | undefined;
  /** Whether it has served one of the keys since then. */
  servedSince: boolean;
}

/**
 * Tells a bad key from an upstream that refuses everybody: when at least half of a pool's keys, and at least
 * four, are refused by one upstream within ten seconds, the upstream is at fault and no key. An upstream that
 * was found at fault, served other keys afterwards and refuses the same crowd again is believed: then the keys
 * are bad.
 */
export class SharedFailures {
  #keyCounts: ReadonlyMap<string, number> = new Map();
  /** By pool and upstream: grows to their number in the config in force. */
  readonly #sights = new Map<string, Sight>();

  /** Says how many different keys each pool of the config in force has; a pool that is gone is forgotten. */
  keyCounts(counts: ReadonlyMap<string, number>): void {
    this.#keyCounts = counts;
    for (const [name, sight] of this.#sights) {
      if (!counts.has(sight.pool)) this.#sights.delete(name);
    }
  }

  /** Notes a refusal that would mark its key. Returns the keys to be left alone because the upstream is at fault, else undefined. */
  refused(refusal: Refusal, nowMs: number): readonly string[] | undefined {
    const keyCount = this.#keyCounts.get(refusal.pool);
    if (keyCount === undefined) return undefined;
    const sight = this.#sightOf(refusal);
    if (sight.sharedMs !== undefined && nowMs - sight.sharedMs >= SHARED_FAILURE_MEMORY_MS) {
      sight.sharedMs = undefined;
    }
    // Answers still on their way when the upstream was found at fault belong to the same event.
    if (sight.sharedMs !== undefined && nowMs - sight.sharedMs < SHARED_FAILURE_WINDOW_MS) {
      return [refusal.key];
    }
    for (const [key, timeMs] of sight.refusals) {
      if (nowMs - timeMs < SHARED_FAILURE_WINDOW_MS) break;
      sight.refusals.delete(key);
    }
    sight.refusals.delete(refusal.key);
    sight.refusals.set(refusal.key, nowMs);
    if (sight.refusals.size < Math.max(SHARED_FAILURE_MIN_KEYS, Math.ceil(keyCount / 2))) return undefined;
    if (sight.sharedMs !== undefined && sight.servedSince) return undefined;
    const keys = [...sight.refusals.keys()];
    sight.refusals.clear();
    sight.sharedMs = nowMs;
    sight.servedSince = false;
    return keys;
  }

  /** The upstream served a key of the pool. */
  served(pool: string, upstream: string, nowMs: number): void {
    if (this.#sights.size === 0) return;
    const sight = this.#sights.get(sightName(pool, upstream));
    // Right after the event, successes are still those of before it.
    if (sight?.sharedMs === undefined || nowMs - sight.sharedMs < SHARED_FAILURE_WINDOW_MS) return;
    sight.servedSince = true;
  }

  #sightOf({ pool, upstream }: Refusal): Sight {
    const name = sightName(pool, upstream);
    let sight = this.#sights.get(name);
    if (sight === undefined) {
      sight = { pool, refusals: new Map(), sharedMs: undefined, servedSince: false };
      this.#sights.set(name, sight);
    }
    return sight;
  }
}

function sightName(pool: string, upstream: string): string {
  return `${pool}\n${upstream}`;
}
