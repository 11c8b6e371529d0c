import type { Log } from "../core/log.ts";
import type { Notices } from "../core/notices.ts";
import type { Observer } from "../core/observe.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Runtime } from "../core/runtime.ts";
import type { WriteBehind } from "../stores/write_behind.ts";
import type { HealthView } from "./decide.ts";
import type { Candidate, Endpoint } from "./endpoint.ts";
import { DEFAULT_HEALTH_POLICY, type HealthPolicy } from "./health/health_policy.ts";
import * as limits from "./health/limits.ts";
import { KEYS_REFUSED, type Mark, modelScope } from "./health/mark.ts";
import { MarkNews } from "./health/mark_news.ts";
import { Marker } from "./health/marker.ts";
import { ScopeBook } from "./health/scope_book.ts";
import { SharedFailures } from "./health/shared_failures.ts";
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
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #news: MarkNews;
  readonly #scopes: ScopeBook;
  readonly #marker: Marker;
  readonly #upstreams: UpstreamJudge;
  readonly #trials: Trials;
  readonly #shared = new SharedFailures();

  constructor({ runtime, log, observer, notices, state }: HealthParts) {
    this.#runtime = runtime;
    this.#log = log.channel("health");
    this.#news = new MarkNews(this.#log, observer, notices);
    this.#scopes = new ScopeBook(runtime, state);
    this.#marker = new Marker(runtime, this.#scopes, this.#news);
    this.#upstreams = new UpstreamJudge(this.#marker);
    this.#trials = new Trials(this.#marker, this.#upstreams);
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
    this.#shared.keyCounts(new Map([...shapes].map(([pool, { keys }]) => [pool, keys])));
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
        if (endpoint.key !== "client") this.#learnOfKey(endpoint, model, policy, outcome);
    }
  }

  /** See {@link TrialBook.begin}. */
  begin(candidate: Candidate): Trial | undefined {
    return this.#trials.begin(candidate);
  }

  /** See {@link TrialBook.served}: an answer's end may be minutes away, and says no more than its beginning of who is let in. */
  served({ endpoint: { pool, scopes } }: Candidate): void {
    this.#shared.served(pool, scopes.upstream, this.#runtime.monotonic());
  }

  /** See {@link Trials.wantsProbe}. */
  wantsProbe(candidate: Candidate): string[] {
    return this.#trials.wantsProbe(candidate);
  }

  /** Takes in what a probe beside the traffic came to; see {@link Trials.probed}. */
  probed(candidate: Candidate, outcome: Outcome): void {
    this.#trials.probed(candidate, outcome);
  }

  #succeeded({ id, pool, scopes }: Endpoint, model: string | undefined, policy: HealthPolicy): void {
    const { key, group, upstream } = scopes;
    this.#shared.served(pool, upstream, this.#runtime.monotonic());
    this.#upstreams.served(upstream, policy);
    if (this.#scopes.isBlank) return;
    this.#scopes.settle(key);
    if (group !== key) this.#scopes.settle(group);
    this.#scopes.settle(upstream);
    if (model !== undefined) this.#scopes.settle(modelScope(id, model));
  }

  #learnOfKey(
    endpoint: Endpoint,
    model: string | undefined,
    policy: HealthPolicy,
    outcome: Outcome,
  ): void {
    const { id, scopes } = endpoint;
    switch (outcome.class) {
      case "key_invalid":
        return this.#keyRefused(endpoint, policy, outcome);
      case "quota_spent":
        return this.#coolDown(
          scopes.group,
          outcome,
          toldMs(outcome, limits.MAX_COOLDOWN_MS) ?? limits.QUOTA_SPENT_MS,
          endpoint,
        );
      case "rate_limited":
        return this.#rateLimited(endpoint, model, outcome);
      case "model_missing":
        if (model === undefined) return;
        return this.#coolDown(modelScope(id, model), outcome, limits.MODEL_MISSING_MS, endpoint);
      case "not_permitted":
        if (this.#isUpstreamsFault(endpoint, policy, outcome)) return;
        return this.#coolDown(scopes.key, outcome, limits.NOT_PERMITTED_MS, endpoint);
    }
  }

  #rateLimited(endpoint: Endpoint, model: string | undefined, outcome: Outcome): void {
    const { id, pool, scopes: { key, group, upstream } } = endpoint;
    // Without a declared group the limit is most often the model's: the key's other models go on.
    const declared = group !== key;
    const scope = declared || model === undefined ? group : modelScope(id, model);
    const ms = toldMs(outcome, limits.MAX_COOLDOWN_MS) ??
      this.#grownMs(scope, limits.RATE_LIMITED_MS, limits.RATE_LIMITED_CAP_MS);
    this.#coolDown(scope, outcome, ms, endpoint);
    if (declared) return;
    const nowMs = this.#runtime.monotonic();
    const told = {
      pool,
      upstream,
      key,
      kind: "limited",
      restMs: toldMs(outcome, limits.MAX_COOLDOWN_MS),
    } as const;
    const shared = this.#shared.refused(told, nowMs);
    if (shared === undefined) return;
    const known = this.#scopes.open(upstream).cooldown;
    if (known === undefined || nowMs >= known.endMs) this.#news.sharedFailure(endpoint, shared.keys.length);
    const restMs = Math.max(
      limits.MIN_COOLDOWN_MS,
      Math.min(
        shared.restMs ?? this.#grownMs(upstream, limits.RATE_LIMITED_MS, limits.RATE_LIMITED_CAP_MS),
        limits.RATE_LIMITED_CAP_MS,
      ),
    );
    this.#coolDown(upstream, outcome, restMs, endpoint);
  }

  #keyRefused(endpoint: Endpoint, policy: HealthPolicy, outcome: Outcome): void {
    const { key } = endpoint.scopes;
    const known = this.#scopes.open(key);
    // Already marked: only its trial may judge it again, not an answer that was still on its way.
    if (known.invalid !== undefined || policy.keyInvalidAfter === 0) return;
    known.refusedInRow++;
    if (!outcome.explicit && known.refusedInRow < policy.keyInvalidAfter) return;
    if (this.#isUpstreamsFault(endpoint, policy, outcome)) return;
    known.trialIntervalMs = limits.INVALID_TRIAL_MS;
    const endMs = this.#runtime.monotonic() + limits.INVALID_TRIAL_MS;
    this.#marker.mark(
      { scope: key, state: "invalid", reason: outcome.reason, endMs },
      outcome.class,
      endpoint,
    );
  }

  /** Whether the key was refused along with all others: then none is marked for it, and the upstream is ejected. */
  #isUpstreamsFault(endpoint: Endpoint, policy: HealthPolicy, outcome: Outcome): boolean {
    const { pool, scopes: { key, upstream } } = endpoint;
    const shared = this.#shared.refused({ pool, upstream, key, kind: "refused" }, this.#runtime.monotonic());
    if (shared === undefined) return false;
    for (const scope of shared.keys) {
      this.#marker.lift(scope, ["invalid"], outcome.class);
      // A cooldown that another refusal set, such as spent quota, is not of this event.
      if (this.#scopes.find(scope)?.cooldown?.reason === outcome.reason) {
        this.#marker.lift(scope, ["cooldown"], outcome.class);
      }
      this.#scopes.settle(scope);
    }
    // Answers still on their way when the upstream was found at fault come singly, and are not news.
    if (shared.keys.length > 1) this.#news.sharedFailure(endpoint, shared.keys.length);
    this.#upstreams.eject(endpoint, policy, { reason: KEYS_REFUSED, class: outcome.class });
    return true;
  }

  #overloaded(endpoint: Endpoint, outcome: Outcome): void {
    const { upstream } = endpoint.scopes;
    const ms = toldMs(outcome, limits.OVERLOADED_CAP_MS) ??
      this.#grownMs(upstream, limits.OVERLOADED_MS, limits.OVERLOADED_CAP_MS);
    this.#coolDown(upstream, outcome, ms, endpoint);
  }

  #coolDown(scope: string, outcome: Outcome, ms: number, at: Endpoint): void {
    const endMs = this.#runtime.monotonic() + ms;
    this.#marker.mark({ scope, state: "cooldown", reason: outcome.reason, endMs }, outcome.class, at);
  }

  /** Length of a cooldown nobody told us: grows with each one since the last success; a burst during one is one. */
  #grownMs(scope: string, firstMs: number, capMs: number): number {
    const known = this.#scopes.open(scope);
    const stands = known.cooldown !== undefined && this.#runtime.monotonic() < known.cooldown.endMs;
    if (!stands || known.cooldownSteps === 0) known.cooldownSteps++;
    return doubledMs(firstMs, known.cooldownSteps - 1, capMs);
  }
}

/** How long the upstream told us to stay away, within bounds; undefined when it did not say. */
function toldMs(outcome: Outcome, capMs: number): number | undefined {
  const { cooldownMs } = outcome;
  if (cooldownMs === undefined || Number.isNaN(cooldownMs)) return undefined;
  return Math.min(capMs, Math.max(limits.MIN_COOLDOWN_MS, cooldownMs));
}

function doubledMs(firstMs: number, times: number, capMs: number): number {
  return Math.min(capMs, firstMs * 2 ** times);
}
