import type { DecideRequest } from "../../balancing/decide.ts";
import type { Candidate } from "../../balancing/endpoint.ts";
import type { Tier } from "../../balancing/tier.ts";
import type { OutcomeClass } from "../../core/outcome.ts";
import type { AttemptRecord } from "../../recording/record.ts";
import type { RelayResult } from "../answer/relay_options.ts";
import { upstreamModel } from "../transport/upstream_model.ts";
import type { FailedAttempt } from "../verdict.ts";

/** Classes after which an endpoint may be asked again once its cooldown is over. */
const RESTING: readonly OutcomeClass[] = ["rate_limited", "overloaded", "quota_spent"];

/** When an attempt began, and when it ended; monotonic milliseconds. */
export interface AttemptTimes {
  readonly startMs: number;
  readonly endMs: number;
}

/** What one request remembers of its attempts: for the choice of the next, the client's answer and the record. */
export class AttemptNotes {
  readonly records: AttemptRecord[] = [];
  readonly failures: FailedAttempt[] = [];
  /** Candidates that are not to be chosen again. */
  readonly tried = new Set<Candidate>();
  /** Pools that were asked. */
  readonly pools = new Set<string>();
  /** Whose answer the client got, and how long after the request's start it began to go out, in milliseconds. */
  served: Candidate | undefined;
  servedMs: number | undefined;
  readonly #resting = new Set<Candidate>();
  readonly #failedUpstreams = new Set<string>();
  readonly #unreachable = new Set<string>();
  readonly #requestStartMs: number;
  readonly #model: string | undefined;

  /** `requestStartMs`: monotonic; `model`: the one asked for where a candidate names none. */
  constructor(requestStartMs: number, model: string | undefined) {
    this.#requestStartMs = requestStartMs;
    this.#model = model;
  }

  /**
   * Whom the next decision passes over. An upstream that failed would most likely fail under its other keys too: they
   * come last; one that could not be reached is not called again and again for each of them.
   */
  get passedOver(): Pick<DecideRequest, "tried" | "avoid" | "unreachable"> {
    return {
      tried: this.tried,
      ...(this.#failedUpstreams.size === 0 ? {} : { avoid: this.#failedUpstreams }),
      ...(this.#unreachable.size === 0 ? {} : { unreachable: this.#unreachable }),
    };
  }

  /** The client gets the candidate's answer, from `nowMs` (monotonic) on. */
  serve(candidate: Candidate, nowMs: number): void {
    this.served = candidate;
    this.servedMs = nowMs - this.#requestStartMs;
  }

  /** Writes one attempt down. */
  add(
    candidate: Candidate,
    result: RelayResult & { readonly translated: boolean },
    { startMs, endMs }: AttemptTimes,
  ): void {
    const { endpoint } = candidate;
    const { outcome, refusal, headMs, firstContentMs } = result;
    this.tried.add(candidate);
    this.pools.add(endpoint.pool);
    if (RESTING.includes(outcome.class)) this.#resting.add(candidate);
    if (outcome.class === "unreachable") this.#unreachable.add(endpoint.scopes.upstream);
    if (outcome.class === "broken" || outcome.class === "overloaded") {
      this.#failedUpstreams.add(endpoint.scopes.upstream);
    }
    const { translated } = result;
    this.failures.push({ outcome, refusal, clientKey: endpoint.key === "client", translated });
    this.records.push({
      number: this.records.length + 1,
      endpoint: endpoint.id,
      pool: endpoint.pool,
      upstream: endpoint.upstream.name,
      key: typeof endpoint.key === "object" ? endpoint.key.fingerprint : null,
      model: upstreamModel(candidate, this.#model) ?? null,
      outcome,
      startMs: startMs - this.#requestStartMs,
      headMs,
      firstContentMs,
      endMs: endMs - startMs,
    });
  }

  /** Leaves only upstreams of another kind in the running: the same kind would refuse the same. */
  leaveOut(provider: string, tiers: readonly Tier[]): void {
    for (const tier of tiers) {
      for (const other of tier.candidates) if (other.endpoint.provider === provider) this.tried.add(other);
    }
  }

  /** A wait is over: who was merely told to rest may be chosen again; whether the rest is over, health knows. */
  rested(): void {
    for (const candidate of this.#resting) this.tried.delete(candidate);
    this.#resting.clear();
    this.#failedUpstreams.clear();
    this.#unreachable.clear();
  }
}
