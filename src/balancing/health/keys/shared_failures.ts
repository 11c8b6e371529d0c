import {
  SHARED_FAILURE_MAX_KEYS,
  SHARED_FAILURE_MEMORY_MS,
  SHARED_FAILURE_MIN_KEYS,
  SHARED_FAILURE_WINDOW_MS,
} from "../limits.ts";

/** One refused key, and where. */
export interface Refusal {
  readonly pool: string;
  /** Scope of the upstream that refused. */
  readonly upstream: string;
  /** Scope of the key. */
  readonly key: string;
  /** `refused`: the key is no good there (401, 403). `limited`: it has asked too much (429). */
  readonly kind: "refused" | "limited";
  /** Milliseconds that the key is to rest, where it is told. */
  readonly restMs?: number | undefined;
}

/** An upstream that shuts out everybody. */
export interface SharedFailure {
  /** The keys to be left alone; one alone is a late answer of an event that is known already. */
  readonly keys: readonly string[];
  /** The shortest time that one of them was told to rest; undefined where none was. */
  readonly restMs: number | undefined;
}

/** What one upstream refused of one pool's keys of late. */
interface Sight {
  readonly pool: string;
  /** Each key's last refusal, oldest first; only those within the window. */
  readonly refusals: Map<string, { readonly timeMs: number; readonly untilMs: number | undefined }>;
  /** When it last served any key, since the sight began. */
  servedMs: number;
  /** When this upstream was last found to be at fault. */
  sharedMs: number | undefined;
  /** Whether it has served one of the keys since then. */
  servedSince: boolean;
}

/**
 * Tells a bad key from an upstream that shuts out everybody: when at least half of a pool's keys, and at least
 * four, are refused by one upstream within ten seconds, or twenty without one that is served, the upstream is at
 * fault and no key. Keys that are only limited (429) prove nothing while others are served: a pool in full use
 * has half of its keys limited all the time. An upstream that was found at fault, served other keys afterwards and
 * refuses the same crowd again is believed: then the keys are bad.
 */
export class SharedFailures {
  #keyCounts: ReadonlyMap<string, number> = new Map();
  /** By kind, pool and upstream: grows to their number in the config in force. */
  readonly #sights = new Map<string, Sight>();

  /** Says how many different keys each pool of the config in force has; a pool that is gone is forgotten. */
  keyCounts(counts: ReadonlyMap<string, number>): void {
    this.#keyCounts = counts;
    for (const [name, sight] of this.#sights) {
      if (!counts.has(sight.pool)) this.#sights.delete(name);
    }
  }

  /** Notes a refusal that would mark its key. Returns what it is part of, where the upstream is at fault, else undefined. */
  refused(refusal: Refusal, nowMs: number): SharedFailure | undefined {
    const keyCount = this.#keyCounts.get(refusal.pool);
    if (keyCount === undefined) return undefined;
    const sight = this.#sightOf(refusal);
    if (sight.sharedMs !== undefined && nowMs - sight.sharedMs >= SHARED_FAILURE_MEMORY_MS) {
      sight.sharedMs = undefined;
    }
    // Answers still on their way when the upstream was found at fault belong to the same event.
    if (
      refusal.kind === "refused" && sight.sharedMs !== undefined &&
      nowMs - sight.sharedMs < SHARED_FAILURE_WINDOW_MS
    ) {
      return { keys: [refusal.key], restMs: undefined };
    }
    note(sight, refusal, nowMs);
    if (!isShared(sight, refusal.kind, keyCount)) return undefined;
    const rests = [...sight.refusals.values()].flatMap(({ untilMs }) =>
      untilMs === undefined ? [] : [untilMs - nowMs]
    );
    const keys = [...sight.refusals.keys()];
    sight.refusals.clear();
    sight.sharedMs = nowMs;
    sight.servedSince = false;
    return { keys, restMs: rests.length === 0 ? undefined : Math.max(0, Math.min(...rests)) };
  }

  /** The upstream served a key of the pool. */
  served(pool: string, upstream: string, nowMs: number): void {
    if (this.#sights.size === 0) return;
    // Who serves one does not limit everybody.
    this.#sights.delete(sightName({ kind: "limited", pool, upstream }));
    const name = sightName({ kind: "refused", pool, upstream });
    const sight = this.#sights.get(name);
    if (sight === undefined) return;
    sight.servedMs = nowMs;
    // Right after the event, successes are still those of before it.
    if (sight.sharedMs !== undefined) {
      if (nowMs - sight.sharedMs >= SHARED_FAILURE_WINDOW_MS) sight.servedSince = true;
    } else if (isOver(sight, nowMs)) this.#sights.delete(name);
  }

  #sightOf(refusal: Refusal): Sight {
    const name = sightName(refusal);
    let sight = this.#sights.get(name);
    if (sight === undefined) {
      const { pool } = refusal;
      sight = { pool, refusals: new Map(), servedMs: -Infinity, sharedMs: undefined, servedSince: false };
      this.#sights.set(name, sight);
    }
    return sight;
  }
}

function note(sight: Sight, { key, restMs }: Refusal, nowMs: number): void {
  for (const [other, { timeMs }] of sight.refusals) {
    if (nowMs - timeMs < SHARED_FAILURE_WINDOW_MS) break;
    sight.refusals.delete(other);
  }
  sight.refusals.delete(key);
  sight.refusals.set(key, { timeMs: nowMs, untilMs: restMs === undefined ? undefined : nowMs + restMs });
}

function isShared(sight: Sight, kind: Refusal["kind"], keyCount: number): boolean {
  const { size } = sight.refusals;
  const half = Math.max(SHARED_FAILURE_MIN_KEYS, Math.ceil(keyCount / 2));
  const crowd = Math.min(half, SHARED_FAILURE_MAX_KEYS);
  // Shut out a moment ago and nobody was served since: it takes less to see that it goes on.
  if (kind === "limited") return size >= (sight.sharedMs === undefined ? crowd : SHARED_FAILURE_MIN_KEYS);
  const oldest = sight.refusals.values().next();
  const unserved = oldest.done !== true && sight.servedMs < oldest.value.timeMs;
  if (size < (unserved ? crowd : half)) return false;
  return sight.sharedMs === undefined || !sight.servedSince;
}

function isOver(sight: Sight, nowMs: number): boolean {
  for (const { timeMs } of sight.refusals.values()) {
    if (nowMs - timeMs < SHARED_FAILURE_WINDOW_MS) return false;
  }
  return true;
}

function sightName({ kind, pool, upstream }: Pick<Refusal, "kind" | "pool" | "upstream">): string {
  return `${kind}\n${pool}\n${upstream}`;
}
