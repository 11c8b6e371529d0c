import type { Why } from "../../balancing/decide.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import { remainingMs } from "../../core/time/remaining_ms.ts";
import type { AttemptsRequest } from "../attempts_request.ts";
import type { Turn } from "./fair_lines.ts";
import { Patience } from "./patience.ts";
import type { SharedAttempts } from "./shared_attempts.ts";

/** When to look again for room that others wait for too, where nobody tells; milliseconds. */
const TURN_MS = 250;

/** What {@link RequestWaits} needs. */
export interface RequestWaitsParts {
  readonly runtime: Runtime;
  readonly observer: Observer;
  readonly shared: SharedAttempts;
}

/**
 * What one request waits for where nobody can serve it now: the end of a rest, or, in a pool that merely has as many
 * under way as it may, its turn among all that want room there.
 */
export class RequestWaits {
  readonly #runtime: Runtime;
  readonly #shared: SharedAttempts;
  readonly #asked: AttemptsRequest;
  readonly #patience: Patience;
  #restOverMs = Infinity;
  #busyPool: string | undefined;
  #turn: Turn | undefined;

  constructor({ runtime, observer, shared }: RequestWaitsParts, asked: AttemptsRequest) {
    const { waiting, turns } = shared;
    this.#runtime = runtime;
    this.#shared = shared;
    this.#asked = asked;
    this.#patience = new Patience({ runtime, observer, waiting, turns, waitMs: asked.waitMs });
  }

  /** Milliseconds until the first of those that rest is back; Infinity where nobody rests. */
  get restLeftMs(): number {
    return remainingMs(this.#restOverMs, this.#runtime.monotonic());
  }

  /** Milliseconds spent waiting so far. */
  get waitedMs(): number {
    return this.#patience.waitedMs;
  }

  /** A new round of choosing begins. */
  begin(): void {
    this.#restOverMs = Infinity;
    this.#busyPool = undefined;
  }

  /** A decision about candidates of `pool` was made. */
  decided({ soonestMs, busy }: Pick<Why, "soonestMs" | "busy">, pool: string | undefined): void {
    if (soonestMs !== undefined) {
      this.#restOverMs = Math.min(this.#restOverMs, this.#runtime.monotonic() + soonestMs);
    }
    if (busy) this.#busyPool ??= pool;
  }

  /** Whether others wait for room in the pool: nobody passes them. */
  mustQueue(pool: string): boolean {
    const turn = this.#turn;
    const hasTurn = turn !== undefined && turn.isGiven && !turn.isUsed && turn.pool === pool;
    if (hasTurn || !this.#shared.turns.isBusy(pool)) return false;
    this.decided({ soonestMs: TURN_MS, busy: true }, pool);
    return true;
  }

  /** Waits; false where nobody is worth waiting for, or `signal` aborted. */
  async wait(signal: AbortSignal): Promise<boolean> {
    const { tenant, tenantPriority: priority = 0, tiers } = this.#asked;
    if (this.#busyPool === undefined) {
      const pool = tiers[0]?.candidates[0]?.endpoint.pool ?? "";
      return await this.#patience.wait(pool, this.#restOverMs, signal) && !signal.aborted;
    }
    this.#turn = await this.#patience.turn(this.#busyPool, { tenant, priority }, signal, this.#turn);
    return this.#turn.isGiven && !signal.aborted;
  }

  /** The request goes out to the pool. */
  began(pool: string): void {
    this.#shared.turns.began(pool, this.#asked.tenant);
    this.done();
  }

  /** What went out is over. */
  ended(pool: string): void {
    this.#shared.turns.ended(pool, this.#asked.tenant);
  }

  /** A turn that was given is not kept any longer. */
  done(): void {
    if (this.#turn !== undefined) this.#shared.turns.used(this.#turn, true);
  }
}
