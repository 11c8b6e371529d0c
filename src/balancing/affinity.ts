import type { Log } from "../core/log.ts";
import type { Runtime } from "../core/runtime.ts";
import type { WriteBehind } from "../stores/write_behind.ts";
import { Assignments } from "./affinity/assignments.ts";
import type { AssignmentTerms } from "./affinity_policy.ts";

/** Most assignments held of those that outlive the process, and as many of those that do not. */
export const MAX_ASSIGNMENTS = 100_000;

/** Longest time left that is believed when restored: a backup put back must not pin callers for weeks. */
const MAX_RESTORED_MS = 24 * 60 * 60 * 1_000;

/** Where assignments lie in the store, each under its key in base 36. */
const STORE_PREFIX = ["v1", "affinity"];

/** What {@link AffinityTable} needs. */
export interface AffinityParts {
  readonly runtime: Runtime;
  readonly log: Log;
  /** Where assignments outlive the process. */
  readonly state: WriteBehind;
}

/**
 * Which endpoint requests that belong together stay with, by endpoint id: shared by all generations of the config,
 * saved behind, bounded, and asked before deciding so that deciding stays synchronous. What belongs together has a
 * key (`AffinityKeys`), or, for the opening of a conversation, one for each of its turns: the chain.
 */
export class AffinityTable {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #state: WriteBehind;
  readonly #lasting = new Assignments(MAX_ASSIGNMENTS);
  readonly #passing = new Assignments(MAX_ASSIGNMENTS);

  constructor({ runtime, log, state }: AffinityParts) {
    this.#runtime = runtime;
    this.#log = log.channel("state");
    this.#state = state;
  }

  /** The endpoint id that the last key of the chain stays with, or the one before, and so on. */
  find(chain: readonly number[], terms: AssignmentTerms): string | undefined {
    const nowMs = this.#runtime.monotonic();
    const assignments = this.#of(terms);
    for (let at = chain.length - 1; at >= 0; at--) {
      const endpoint = assignments.find(chain[at] ?? 0, nowMs);
      if (endpoint !== undefined) return endpoint;
    }
    return undefined;
  }

  /**
   * The request was served by `endpoint`. The time begins at the first assignment to that endpoint, and anew with
   * every use where they slide. Of a chain its first and its last key are kept: what follows the request
   * holds its last, what has only begun as it did the first, and those between were last keys of their own.
   */
  assign(chain: readonly number[], endpoint: string, terms: AssignmentTerms): void {
    const last = chain.at(-1);
    const first = chain[0];
    if (last === undefined || first === undefined) return;
    this.#assign(last, endpoint, terms);
    if (first !== last) this.#assign(first, endpoint, terms);
  }

  #assign(key: number, endpoint: string, terms: AssignmentTerms): void {
    const nowMs = this.#runtime.monotonic();
    const assignments = this.#of(terms);
    if (!terms.sliding && assignments.find(key, nowMs) === endpoint) return assignments.touch(key);
    assignments.set(key, { endpoint, endMs: nowMs + terms.ttlMs });
    if (!terms.lasting) return;
    const untilMs = this.#runtime.now() + terms.ttlMs;
    this.#state.set([...STORE_PREFIX, key.toString(36)], { endpoint, untilMs }, terms.ttlMs);
  }

  #of({ lasting }: AssignmentTerms): Assignments {
    return lasting ? this.#lasting : this.#passing;
  }

  /** Brings back assignments from before the restart; newer ones stay. Never rejects: without it callers are assigned anew. */
  async restore(): Promise<void> {
    try {
      let count = 0;
      for await (const { key, value } of this.#state.store.list(STORE_PREFIX)) {
        if (count >= MAX_ASSIGNMENTS) break;
        if (this.#restoreOne(key.slice(STORE_PREFIX.length), value)) count++;
      }
      if (count > 0) this.#log.info(`Restored ${count} affinities`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.warn(`Could not restore affinity (${reason}): callers are assigned anew`);
    }
  }

  #restoreOne([name, ...rest]: readonly string[], value: unknown): boolean {
    const key = parseInt(name ?? "", 36);
    if (!Number.isSafeInteger(key) || key < 0 || key.toString(36) !== name || rest.length > 0) return false;
    if (typeof value !== "object" || value === null || !("endpoint" in value) || !("untilMs" in value)) {
      return false;
    }
    const { endpoint, untilMs } = value;
    if (typeof endpoint !== "string" || typeof untilMs !== "number") return false;
    const leftMs = Math.min(MAX_RESTORED_MS, untilMs - this.#runtime.now());
    if (leftMs <= 0 || this.#lasting.has(key)) return false;
    this.#lasting.set(key, { endpoint, endMs: this.#runtime.monotonic() + leftMs });
    return true;
  }
}
