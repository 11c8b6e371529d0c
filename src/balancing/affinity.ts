import type { Log } from "../core/log.ts";
import type { Runtime } from "../core/runtime.ts";
import type { WriteBehind } from "../stores/write_behind.ts";
import type { AffinityPolicy } from "./affinity_policy.ts";

/** Most assignments held; the one used longest ago makes room. */
export const MAX_ASSIGNMENTS = 100_000;

/** Longest time left that is believed when restored: a backup put back must not pin callers for weeks. */
const MAX_RESTORED_MS = 24 * 60 * 60 * 1_000;

/** Where assignments lie in the store, each under its scope and caller. */
const STORE_PREFIX = ["v1", "affinity"];

/** What {@link AffinityTable} needs. */
export interface AffinityParts {
  readonly runtime: Runtime;
  readonly log: Log;
  /** Where assignments outlive the process. */
  readonly state: WriteBehind;
}

interface Assignment {
  readonly endpoint: string;
  /** Monotonic. */
  readonly endMs: number;
}

/**
 * Which endpoint a caller stays with, by endpoint id: shared by all generations of the config, saved behind,
 * bounded, and asked before deciding so that deciding stays synchronous.
 */
export class AffinityTable {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #state: WriteBehind;
  /** In order of last use, oldest first. */
  readonly #assignments = new Map<string, Assignment>();

  constructor({ runtime, log, state }: AffinityParts) {
    this.#runtime = runtime;
    this.#log = log.channel("state");
    this.#state = state;
  }

  /** The endpoint id that `caller` (its IP address) stays with under `scope` (name of the pool or route), if its time is not over. */
  find(scope: string, caller: string): string | undefined {
    const name = nameOf(scope, caller);
    const found = this.#assignments.get(name);
    if (found === undefined) return undefined;
    this.#assignments.delete(name);
    if (this.#runtime.monotonic() >= found.endMs) return undefined;
    this.#assignments.set(name, found);
    return found.endpoint;
  }

  /**
   * The caller was given `endpoint`. The time begins at the first assignment to that endpoint, and anew with
   * every use where the policy slides.
   */
  assign(scope: string, caller: string, endpoint: string, policy: AffinityPolicy): void {
    if (!policy.sliding && this.find(scope, caller) === endpoint) return;
    this.#keep(nameOf(scope, caller), { endpoint, endMs: this.#runtime.monotonic() + policy.ttlMs });
    const untilMs = this.#runtime.now() + policy.ttlMs;
    this.#state.set([...STORE_PREFIX, scope, caller], { endpoint, untilMs }, policy.ttlMs);
  }

  /** Brings back assignments from before the restart; newer ones stay. Never rejects: without it callers are assigned anew. */
  async restore(): Promise<void> {
    try {
      let count = 0;
      for await (const { key, value } of this.#state.store.list(STORE_PREFIX)) {
        if (count >= MAX_ASSIGNMENTS) break;
        if (this.#restoreOne(key, value)) count++;
      }
      if (count > 0) this.#log.info(`Restored ${count} affinities`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.warn(`Could not restore affinity (${reason}): callers are assigned anew`);
    }
  }

  #restoreOne(key: readonly string[], value: unknown): boolean {
    const [scope, caller] = key.slice(STORE_PREFIX.length);
    if (scope === undefined || caller === undefined || typeof value !== "object" || value === null) {
      return false;
    }
    if (!("endpoint" in value) || !("untilMs" in value)) return false;
    const { endpoint, untilMs } = value;
    if (typeof endpoint !== "string" || typeof untilMs !== "number") return false;
    const leftMs = Math.min(MAX_RESTORED_MS, untilMs - this.#runtime.now());
    const name = nameOf(scope, caller);
    if (leftMs <= 0 || this.#assignments.has(name)) return false;
    this.#keep(name, { endpoint, endMs: this.#runtime.monotonic() + leftMs });
    return true;
  }

  #keep(name: string, assignment: Assignment): void {
    this.#assignments.delete(name);
    this.#assignments.set(name, assignment);
    if (this.#assignments.size <= MAX_ASSIGNMENTS) return;
    for (const oldest of this.#assignments.keys()) {
      this.#assignments.delete(oldest);
      break;
    }
  }
}

/** One string for scope and caller; a NUL stands in neither. */
function nameOf(scope: string, caller: string): string {
  return `${scope}\0${caller}`;
}
