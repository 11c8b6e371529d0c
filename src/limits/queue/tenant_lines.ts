import type { Runtime, Timer } from "../../core/runtime.ts";
import type { AdmissionDesk } from "../admission_desk.ts";
import type { LimitScope, LimitShortage, QueuePolicy, RequestCost } from "../limit_policy.ts";
import { Reservation } from "../reservation.ts";

/** Most requests of all tenants together that wait; each holds its body. */
export const MAX_WAITING = 10_000;

/** The shortest time until a line is looked at again by itself, in milliseconds. */
const MIN_LOOK_MS = 10;

/** The longest: what keeps it may have changed unseen, as when the wall clock was set. */
const MAX_LOOK_MS = 1_000;

/** One request at the desk. */
export interface QueuedRequest {
  readonly tenant: string;
  readonly scopes: readonly LimitScope[];
  readonly cost: RequestCost;
  /** Absent: it does not wait. */
  readonly queue: QueuePolicy | undefined;
  /** It waits no longer than this, whatever the policy says; monotonic milliseconds. */
  readonly deadlineMs?: number | undefined;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
}

interface Waiter extends QueuedRequest {
  /** It waits no longer than this. */
  readonly endMs: number;
  readonly answer: (found: Reservation | LimitShortage | undefined | Promise<never>) => void;
  short: LimitShortage;
}

/**
 * Requests that wait until their tenant's limits have room, each tenant's in a line of its own: one that waits is
 * passed only by those whom nothing stops that stops it.
 */
export class TenantLines {
  readonly #runtime: Runtime;
  readonly #desk: Pick<AdmissionDesk, "admit">;
  readonly #lines = new Map<string, Waiter[]>();
  readonly #timers = new Map<string, Timer>();
  readonly #moving = new Set<string>();
  #waiting = 0;

  constructor(desk: Pick<AdmissionDesk, "admit">, runtime: Runtime) {
    this.#desk = desk;
    this.#runtime = runtime;
  }

  /** Requests that wait now. */
  get size(): number {
    return this.#waiting;
  }

  /**
   * Admits the request, at once or after a wait, or tells what has no room for it; undefined when `signal` aborted
   * first. Throws as {@link AdmissionDesk.admit} does.
   */
  admit(
    request: QueuedRequest,
  ): Reservation | LimitShortage | Promise<Reservation | LimitShortage | undefined> {
    const { tenant, queue } = request;
    if (queue === undefined) return this.#desk.admit(request.scopes, request.cost);
    const line = this.#lines.get(tenant);
    const found = this.#mayPass(request, line ?? []) ?? this.#tryOne(request);
    if (found instanceof Reservation) return found;
    const nowMs = this.#runtime.monotonic();
    const endMs = Math.min(nowMs + queue.waitMs, request.deadlineMs ?? Infinity);
    const isFull = (line?.length ?? 0) >= queue.max || this.#waiting >= MAX_WAITING;
    if (isFull || found.untilMs > endMs) return found;
    return this.#wait(request, endMs, found);
  }

  /** What stops the request because it stops one that waits longer. */
  #mayPass({ scopes }: QueuedRequest, line: readonly Waiter[]): LimitShortage | undefined {
    const names = new Set(scopes.map((scope) => scope.name));
    return line.find(({ short }) => names.has(short.scope.name))?.short;
  }

  #tryOne({ tenant, scopes, cost }: QueuedRequest): Reservation | LimitShortage {
    return this.#desk.admit(scopes, cost, () => this.#move(tenant));
  }

  #wait(
    request: QueuedRequest,
    endMs: number,
    short: LimitShortage,
  ): Promise<Reservation | LimitShortage | undefined> {
    const { tenant, signal } = request;
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const line = this.#lines.get(tenant) ?? [];
      this.#lines.set(tenant, line);
      const answer: Waiter["answer"] = (found) => {
        timer.cancel();
        signal.removeEventListener("abort", left);
        const at = line.indexOf(waiter);
        if (at >= 0) line.splice(at, 1);
        this.#waiting--;
        if (line.length === 0) this.#forget(tenant);
        resolve(found);
      };
      const waiter: Waiter = { ...request, endMs, short, answer };
      const left = () => {
        answer(undefined);
        this.#move(tenant);
      };
      const timer = this.#runtime.after(Math.max(0, endMs - this.#runtime.monotonic()), () => {
        answer(waiter.short);
        this.#move(tenant);
      });
      signal.addEventListener("abort", left);
      line.push(waiter);
      this.#waiting++;
      this.#lookLater(tenant, line);
    });
  }

  /** Lets go whoever fits, in order. */
  #move(tenant: string): void {
    const line = this.#lines.get(tenant);
    if (line === undefined || this.#moving.has(tenant)) return;
    this.#moving.add(tenant);
    try {
      this.#letGo(line);
    } finally {
      this.#moving.delete(tenant);
    }
    if (line.length > 0) this.#lookLater(tenant, line);
  }

  #letGo(line: readonly Waiter[]): void {
    const stopped = new Set<string>();
    for (const waiter of [...line]) {
      if (waiter.scopes.some(({ name }) => stopped.has(name))) continue;
      const found = this.#tryWaiter(waiter);
      if (found === undefined) continue;
      waiter.short = found;
      stopped.add(found.scope.name);
      // The first scope is the tenant's own, which all of the line share.
      if (found.scope.name === waiter.scopes[0]?.name) return;
    }
  }

  /** Answers the waiter if it fits or can be counted no more; else what stops it. */
  #tryWaiter(waiter: Waiter): LimitShortage | undefined {
    let found: Reservation | LimitShortage;
    try {
      found = this.#tryOne(waiter);
    } catch (error) {
      // It is the waiter's to hear, not of the timer or of the request whose end made room.
      waiter.answer(Promise.reject(error));
      return undefined;
    }
    if (!(found instanceof Reservation)) return found;
    waiter.answer(found);
    return undefined;
  }

  #lookLater(tenant: string, line: readonly Waiter[]): void {
    this.#timers.get(tenant)?.cancel();
    const nowMs = this.#runtime.monotonic();
    const soonestMs = Math.min(...line.map(({ short }) => short.untilMs));
    const delayMs = Math.min(MAX_LOOK_MS, Math.max(MIN_LOOK_MS, soonestMs - nowMs));
    this.#timers.set(tenant, this.#runtime.after(delayMs, () => this.#move(tenant)));
  }

  #forget(tenant: string): void {
    this.#lines.delete(tenant);
    this.#timers.get(tenant)?.cancel();
    this.#timers.delete(tenant);
  }
}
