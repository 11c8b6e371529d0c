import assert from "node:assert/strict";
import type { HealthBoard } from "../../../src/balancing/health.ts";
import type { Endpoint } from "../../../src/balancing/endpoint.ts";
import type { Mark } from "../../../src/balancing/health/mark.ts";
import type { Gateway } from "../../../src/gateway/gateway.ts";
import type { SeenCall } from "../vendors/network.ts";
import type { SimulatedRequest } from "../vendors/simulated_request.ts";
import type { SimulatedExchange } from "./simulated_exchange.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** Attempts of one request by default, of those that cost an upstream something. */
const MAX_COUNTED = 4;

/** Attempts of one request whatever they cost. */
const MAX_TRIES = 100;

/** Statuses of answers that cost an upstream nothing: a connection refused, a key refused, a limit. */
const UNCOUNTED = new Set([0, 401, 402, 403, 429]);

/**
 * The default retry budget, for retries that cost a vendor work: a share of a pool's requests and a floor. It counts ten
 * seconds, so that two bursts of ten seconds' worth may stand close together: looked at over thirty seconds.
 */
const BUDGET = { share: 0.2, floorPerSecond: 10, countedMs: 10_000, lookedAtMs: 30_000 };

interface RequestState {
  readonly exchange: SimulatedExchange;
  readonly tried: Set<string>;
  readonly pools: Set<string>;
  /** Origins that could not be reached. */
  readonly unreachable: Set<string>;
  tries: number;
  counted: number;
  /** The attempt before has cost its vendor work. */
  burdened: boolean;
}

/** When requests and retries of one pool began, of late. */
interface PoolTimes {
  readonly requests: number[];
  readonly retries: number[];
}

/** What must hold at every event, whatever the vendors do. */
export class Invariants {
  readonly #gateway: Gateway;
  readonly #health: HealthBoard;
  readonly #time: VirtualTime;
  readonly #requests = new Map<number, RequestState>();
  readonly #times = new Map<string, PoolTimes>();
  /** Marks, each of one trial, whose trial was seen. */
  readonly #trials = new WeakSet<Mark>();
  #mayHaveEjected = false;
  #byCredential: ReadonlyMap<string, Endpoint> | undefined;
  /** What did not hold, the first of it: thrown where it is seen, the gateway would answer it as a fault of its own. */
  #broken: string | undefined;

  constructor(gateway: Gateway, health: HealthBoard, time: VirtualTime) {
    this.#gateway = gateway;
    this.#health = health;
    this.#time = time;
  }

  /** A client asks. */
  began(request: SimulatedRequest, exchange: SimulatedExchange): void {
    this.#requests.set(request.id, {
      exchange,
      tried: new Set(),
      pools: new Set(),
      unreachable: new Set(),
      tries: 0,
      counted: 0,
      burdened: false,
    });
  }

  /** An attempt starts. */
  called(call: SeenCall): void {
    const state = this.#requests.get(call.request.id);
    if (state === undefined) return this.#check(false, "an attempt of a request that is over");
    const endpoint = this.#endpointOf(call);
    state.tries++;
    this.#check(!state.exchange.hasBytes, "a second attempt after the first byte reached the client");
    this.#check(state.tries <= MAX_TRIES, `${state.tries} attempts of one request`);
    this.#check(endpoint.load.inFlight > 0, "an attempt that is not in the endpoint's load");
    this.#checkNotEjected(endpoint, state);
    this.#checkHalfLeft(endpoint.pool);
    this.#checkBudget(endpoint.pool, state);
    state.tried.add(endpoint.id);
  }

  /** An attempt is answered. */
  answered({ request, origin, status = 0 }: SeenCall): void {
    const state = this.#requests.get(request.id);
    if (state === undefined) return;
    if (status === 0) state.unreachable.add(origin);
    if (status === 0 || status >= 500) this.#mayHaveEjected = true;
    state.burdened = status !== 200 && !UNCOUNTED.has(status);
    if (!state.burdened) return;
    state.counted++;
    this.#check(state.counted <= MAX_COUNTED, `${state.counted} counted attempts of one request`);
  }

  /** The client has its answer. */
  ended(request: SimulatedRequest): void {
    this.#requests.delete(request.id);
  }

  /** Nothing is under way any more. Throws what did not hold at any event until now. */
  settled(): void {
    assert.equal(this.#broken, undefined);
    assert.equal(this.#requests.size, 0, "requests without an end");
    assert.equal(this.#gateway.inFlight, 0);
    for (const { id, load } of this.#gateway.generation.endpoints.values()) {
      assert.equal(load.inFlight, 0, `endpoint ${id} is left in use`);
    }
  }

  /** Every endpoint in force. */
  get endpoints(): readonly Endpoint[] {
    return [...this.#gateway.generation.endpoints.values()];
  }

  /** An ejected endpoint is left alone while a healthy one is there, but for the one request that tries it anew. */
  #checkNotEjected(endpoint: Endpoint, { tried, unreachable }: RequestState): void {
    const mark = this.#markOn(endpoint);
    if (mark?.state !== "ejected") return;
    const isTrial = mark.trial === true && !this.#trials.has(mark);
    this.#trials.add(mark);
    const better = this.endpoints.find((other) =>
      !tried.has(other.id) && !unreachable.has(new URL(other.upstream.url).origin) &&
      other.pool === endpoint.pool && this.#markOn(other) === undefined
    );
    const holds = isTrial || better === undefined;
    this.#check(holds, "an ejected endpoint was taken while a healthy one was there");
  }

  /** Our own judgement never takes out more than half of a pool's upstreams, but the only one. */
  #checkHalfLeft(pool: string): void {
    if (!this.#mayHaveEjected) return;
    this.#mayHaveEjected = false;
    const upstreams = new Set(
      this.endpoints.filter((other) => other.pool === pool).map(({ scopes }) => scopes.upstream),
    );
    let out = 0;
    for (const { scope, state } of this.#health.marks()) {
      if (state === "ejected" && upstreams.has(scope)) out++;
    }
    const most = Math.max(1, Math.floor(upstreams.size / 2));
    this.#check(out <= most, `${out} of ${upstreams.size} upstreams are ejected`);
  }

  #check(holds: boolean, otherwise: string): void {
    if (!holds) this.#broken ??= `at ${this.#time.nowMs} ms: ${otherwise}`;
  }

  #checkBudget(pool: string, state: RequestState): void {
    let times = this.#times.get(pool);
    if (times === undefined) this.#times.set(pool, times = { requests: [], retries: [] });
    const { nowMs } = this.#time;
    const isFirst = !state.pools.has(pool);
    state.pools.add(pool);
    if (!isFirst && !state.burdened) return;
    (isFirst ? times.requests : times.retries).push(nowMs);
    const retriesSinceMs = nowMs - BUDGET.lookedAtMs;
    const requestsSinceMs = retriesSinceMs - BUDGET.countedMs;
    while ((times.requests[0] ?? nowMs) < requestsSinceMs) times.requests.shift();
    while ((times.retries[0] ?? nowMs) < retriesSinceMs) times.retries.shift();
    const allowed = times.requests.length * BUDGET.share +
      BUDGET.floorPerSecond * (BUDGET.lookedAtMs + BUDGET.countedMs) / 1000;
    this.#check(times.retries.length <= allowed, `${times.retries.length} retries, ${allowed} allowed`);
  }

  #markOn(endpoint: Endpoint): Mark | undefined {
    const candidate = { endpoint, weight: 1, model: undefined };
    return this.#health.exclusion(candidate, "m", this.#time.nowMs);
  }

  #endpointOf({ origin, secret }: SeenCall): Endpoint {
    this.#byCredential ??= new Map(this.endpoints.map((endpoint) => [credentialOf(endpoint), endpoint]));
    const endpoint = this.#byCredential.get(`${origin} ${secret}`);
    if (endpoint === undefined) throw new RangeError(`Cannot find the endpoint of ${origin}`);
    return endpoint;
  }
}

function credentialOf({ upstream, key }: Endpoint): string {
  return `${new URL(upstream.url).origin} ${typeof key === "object" ? key.secret.reveal() : ""}`;
}
