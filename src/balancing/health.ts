import type { Log } from "../core/log.ts";
import type { Notices } from "../core/notices.ts";
import type { Observer } from "../core/observe.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Runtime } from "../core/runtime.ts";
import type { WriteBehind } from "../stores/write_behind.ts";
import type { HealthView } from "./decide.ts";
import type { Candidate, Endpoint } from "./endpoint.ts";
import { Cooldowns, toldMs } from "./health/cooldowns.ts";
import { DEFAULT_HEALTH_POLICY, type HealthPolicy } from "./health/health_policy.ts";
import { KeyJudge } from "./health/keys/key_judge.ts";
import * as limits from "./health/limits.ts";
import { type Mark, modelScope } from "./health/mark.ts";
import { MarkNews } from "./health/mark_news.ts";
import { Marker } from "./health/marker.ts";
import { ScopeBook } from "./health/scope_book.ts";
import { Trials } from "./health/trials.ts";
import type { PoolShape } from "./health/upstreams/ejection_room.ts";
import { UpstreamJudge } from "./health/upstreams/upstream_judge.ts";
import type { Trial, TrialBook } from "./lease.ts";

/** What {@link HealthBoard} needs. */
export interface HealthParts {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  /** Hears of keys that are refused or spent. */
  readonly notices?: Notices;
  /** Where marks outlive the process. */
  readonly state: WriteBehind;
}

/**
 * Who may be used: marks on keys, quota groups, upstreams and models on a key, learnt from outcomes after the
 * table of `docs/design.md` §7, or set by a person. Shared by all generations of the config, since a scope is
 * a name derived from what it stands for. Every call but {@link restore} is synchronous and O(1) in the pool's
 * size. A pool that forwards its callers' own credentials learns of upstreams only: one caller's bad key must
 * not shut out another.
 */
export class HealthBoard implements HealthView, TrialBook {
  readonly #log: Log;
  readonly #scopes: ScopeBook;
  readonly #marker: Marker;
  readonly #upstreams: UpstreamJudge;
  readonly #trials: Trials;
  readonly #cooldowns: Cooldowns;
  readonly #keys: KeyJudge;

  constructor({ runtime, log, observer, notices, state }: HealthParts) {
    this.#log = log.channel("health");
    this.#scopes = new ScopeBook(runtime, state);
    this.#marker = new Marker(runtime, this.#scopes, new MarkNews(this.#log, observer, notices));
    this.#upstreams = new UpstreamJudge(this.#marker);
    this.#trials = new Trials(this.#marker, this.#upstreams);
    this.#cooldowns = new Cooldowns(this.#marker);
    this.#keys = new KeyJudge(this.#marker, this.#cooldowns, this.#upstreams);
  }

  /** Brings back what was marked before the restart. Never rejects: without it the same is learnt again. */
  async restore(): Promise<void> {
    try {
      const count = await this.#scopes.restore();
      if (count > 0) this.#log.info(`Restored the health of ${count} keys, groups, upstreams and models`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.warn(
        `Could not restore health (${reason}): it begins blank and is learnt again from traffic`,
      );
    }
  }

  /** Says how each pool of the config in force is built; to be called with every generation, after {@link restore}. */
  poolsInForce(shapes: ReadonlyMap<string, PoolShape>): void {
    this.#keys.poolsInForce(shapes);
    this.#upstreams.poolsInForce(shapes);
  }

  /** See {@link HealthView.exclusion}. */
  exclusion(candidate: Candidate, model: string | undefined, nowMs: number): Mark | undefined {
    const { endpoint, health } = candidate;
    const mark = this.#scopes.exclusion(endpoint, model, nowMs);
    if (mark !== undefined || health === undefined || health.trials) return mark;
    // Without trials an invalid key's time never comes.
    const invalid = this.#scopes.find(endpoint.scopes.key)?.invalid;
    return invalid && { ...invalid, endMs: Infinity };
  }

  /** See {@link HealthView.reliefs}. */
  get reliefs(): number {
    return this.#scopes.reliefs;
  }

  /** Every mark in force, in no order; an invalid key's also while its trial is due. */
  marks(): IterableIterator<Mark> {
    return this.#scopes.marks();
  }

  /** A person switches a scope off: a key, group or upstream scope, an endpoint id, or `modelScope`. `note` says why; it is shown and logged. */
  disable(scope: string, note: string): void {
    this.#marker.mark({ scope, state: "disabled", reason: note, endMs: Infinity }, "person");
  }

  /** A person switches a scope on again; what else is known of it stays. */
  enable(scope: string): void {
    this.#marker.lift(scope, ["disabled"], "person");
  }

  /**
   * A person vouches for a scope: all that was learnt of it is forgotten; only {@link disable} stays. With an
   * endpoint's id, also what was learnt of single models on it.
   */
  clear(scope: string): void {
    for (const each of [scope, ...this.#scopes.modelScopesOf(scope)]) {
      this.#marker.lift(each, ["invalid", "cooldown", "ejected"], "person");
      this.#upstreams.forget(each);
      this.#scopes.settle(each);
    }
  }

  /** A person ends what the upstream told us to wait, on a scope and, with an endpoint's id, on its single models. */
  clearCooldown(scope: string): void {
    for (const each of [scope, ...this.#scopes.modelScopesOf(scope)]) {
      this.#marker.lift(each, ["cooldown"], "person");
      this.#scopes.settle(each);
    }
  }

  /** Every mark on what an endpoint is made of and on its single models, also one that is over and waits for its trial. */
  marksOf({ id, scopes: { key, group, upstream } }: Endpoint): Mark[] {
    return this.#scopes.marksOf(new Set([id, key, group, upstream, ...this.#scopes.modelScopesOf(id)]));
  }

  /** Every mark on a scope. */
  marksOn(scope: string): Mark[] {
    return this.#scopes.marksOf([scope, ...this.#scopes.modelScopesOf(scope)]);
  }

  /** Takes in what an attempt came to; `model` is the name the upstream was asked for. */
  learn(candidate: Candidate, model: string | undefined, outcome: Outcome): void {
    const { endpoint, health: policy = DEFAULT_HEALTH_POLICY } = candidate;
    switch (outcome.class) {
      case "ok":
        return this.#succeeded(endpoint, model, policy);
      case "client_fault":
      case "too_long":
      case "capability":
      case "foreign_state":
      case "client_gone":
        return;
      case "overloaded":
        return this.#overloaded(endpoint, outcome);
      case "broken":
        return this.#upstreams.broken(endpoint, policy, outcome);
      case "unreachable":
        return this.#upstreams.unreachable(endpoint, policy, outcome);
      case "key_invalid":
      case "quota_spent":
      case "rate_limited":
      case "model_missing":
      case "not_permitted":
        if (endpoint.key !== "client") this.#keys.learn(endpoint, model, policy, outcome);
    }
  }

  /** A test beside the traffic was refused, and others of the upstream were not: an explicit refusal makes the key invalid. Whether it is now. */
  refusedWhenTested(
    { endpoint, health: policy = DEFAULT_HEALTH_POLICY }: Candidate,
    outcome: Outcome,
  ): boolean {
    const isClear = outcome.class === "key_invalid" && outcome.explicit === true && endpoint.key !== "client";
    return isClear && this.#keys.refusedWhenTested(endpoint, policy, outcome);
  }

  /** See {@link TrialBook.begin}. */
  begin(candidate: Candidate): Trial | undefined {
    return this.#trials.begin(candidate);
  }

  /** See {@link TrialBook.served}: an answer's end may be minutes away, and says no more than its beginning of who is let in. */
  served({ endpoint }: Candidate): void {
    this.#keys.served(endpoint);
  }

  /** See {@link Trials.wantsProbe}. */
  wantsProbe(candidate: Candidate): string[] {
    return this.#trials.wantsProbe(candidate);
  }

  /** Takes in what a probe beside the traffic came to; see {@link Trials.probed}. */
  probed(candidate: Candidate, outcome: Outcome): void {
    this.#trials.probed(candidate, outcome);
  }

  #succeeded(endpoint: Endpoint, model: string | undefined, policy: HealthPolicy): void {
    const { id, scopes: { key, group, upstream } } = endpoint;
    this.#keys.served(endpoint);
    this.#upstreams.served(upstream, policy);
    if (this.#scopes.isBlank) return;
    this.#scopes.settle(key);
    if (group !== key) this.#scopes.settle(group);
    this.#scopes.settle(upstream);
    if (model !== undefined) this.#scopes.settle(modelScope(id, model));
  }

  #overloaded(endpoint: Endpoint, outcome: Outcome): void {
    const { upstream } = endpoint.scopes;
    const ms = toldMs(outcome, limits.OVERLOADED_CAP_MS) ??
      this.#cooldowns.grownMs(upstream, limits.OVERLOADED_MS, limits.OVERLOADED_CAP_MS);
    this.#cooldowns.begin(upstream, outcome, ms, endpoint);
  }
}
