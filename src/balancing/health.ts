import type { Log } from "../core/log.ts";
import type { Observer } from "../core/observe.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Runtime } from "../core/runtime.ts";
import type { WriteBehind } from "../stores/write_behind.ts";
import type { HealthView } from "./decide.ts";
import type { Candidate, Endpoint } from "./endpoint.ts";
import * as limits from "./health/limits.ts";
import { type Mark, type MarkState, modelScope } from "./health/mark.ts";
import { type Cause, MarkNews } from "./health/mark_news.ts";
import { type NewMark, ScopeBook } from "./health/scope_book.ts";
import { SharedFailures } from "./health/shared_failures.ts";
import type { TrialBook } from "./lease.ts";

/** What {@link HealthBoard} needs. */
export interface HealthParts {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
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
  readonly #shared = new SharedFailures();

  constructor({ runtime, log, observer, state }: HealthParts) {
    this.#runtime = runtime;
    this.#log = log.channel("health");
    this.#news = new MarkNews(this.#log, observer);
    this.#scopes = new ScopeBook(runtime, state);
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

  /** Says how many different keys each pool of the config in force has; to be called with every generation. */
  keyCounts(counts: ReadonlyMap<string, number>): void {
    this.#shared.keyCounts(counts);
  }

  /** See {@link HealthView.exclusion}. */
  exclusion(candidate: Candidate, model: string | undefined, nowMs: number): Mark | undefined {
    return this.#scopes.exclusion(candidate.endpoint, model, nowMs);
  }

  /** Every mark in force, in no order; an invalid key's also while its trial is due. */
  marks(): IterableIterator<Mark> {
    return this.#scopes.marks();
  }

  /** A person switches a scope off: a key, group or upstream scope, an endpoint id, or `modelScope`. `note` says why; it is shown and logged. */
  disable(scope: string, note: string): void {
    this.#mark({ scope, state: "disabled", reason: note, endMs: Infinity }, "person");
  }

  /** A person switches a scope on again; what else is known of it stays. */
  enable(scope: string): void {
    this.#lift(scope, ["disabled"], "person");
  }

  /** A person vouches for a scope: all that was learnt of it is forgotten; only {@link disable} stays. */
  clear(scope: string): void {
    this.#lift(scope, ["invalid", "cooldown", "ejected"], "person");
    this.#scopes.settle(scope);
  }

  /** Takes in what an attempt came to; `model` is the name the upstream was asked for. */
  learn(candidate: Candidate, model: string | undefined, outcome: Outcome): void {
    switch (outcome.class) {
      case "ok":
        return this.#succeeded(candidate, model);
      case "client_fault":
      case "too_long":
      case "capability":
      case "foreign_state":
      case "client_gone":
        return;
      case "overloaded":
        return this.#overloaded(candidate, outcome);
      case "broken":
        return this.#broken(candidate, outcome);
      case "unreachable":
        return this.#unreachable(candidate, outcome);
      case "key_invalid":
      case "quota_spent":
      case "rate_limited":
      case "model_missing":
      case "not_permitted":
        if (candidate.endpoint.key !== "client") this.#learnOfKey(candidate, model, outcome);
    }
  }

  /** See {@link TrialBook.begin}. */
  begin(candidate: Candidate): boolean {
    const { key } = candidate.endpoint.scopes;
    const known = this.#scopes.find(key);
    const nowMs = this.#runtime.monotonic();
    if (known?.invalid === undefined || nowMs < known.invalid.endMs) return false;
    // Taken out of the running until this trial has an answer; for good measure no longer than its interval.
    this.#scopes.moveTrial(key, nowMs + known.trialIntervalMs);
    return true;
  }

  /** See {@link TrialBook.endTrial}: a success lifts the mark, a refusal doubles the wait, anything else says nothing of the key. */
  endTrial(candidate: Candidate, outcome: Outcome): void {
    const { key } = candidate.endpoint.scopes;
    const known = this.#scopes.find(key);
    if (known?.invalid === undefined) return;
    const nowMs = this.#runtime.monotonic();
    if (outcome.class === "ok") {
      this.#lift(key, ["invalid"], "ok", candidate.endpoint);
    } else if (outcome.class === "key_invalid") {
      known.trialIntervalMs = Math.min(known.trialIntervalMs * 2, limits.INVALID_TRIAL_CAP_MS);
      this.#scopes.moveTrial(key, nowMs + known.trialIntervalMs);
    } else {
      this.#scopes.moveTrial(key, nowMs);
    }
  }

  #succeeded({ endpoint }: Candidate, model: string | undefined): void {
    const { key, group, upstream } = endpoint.scopes;
    this.#shared.served(endpoint.pool, upstream, this.#runtime.monotonic());
    if (this.#scopes.isBlank) return;
    this.#scopes.settle(key);
    if (group !== key) this.#scopes.settle(group);
    this.#scopes.settle(upstream);
    if (model !== undefined) this.#scopes.settle(modelScope(endpoint.id, model));
  }

  #learnOfKey({ endpoint }: Candidate, model: string | undefined, outcome: Outcome): void {
    const { id, scopes } = endpoint;
    switch (outcome.class) {
      case "key_invalid":
        return this.#keyRefused(endpoint, outcome);
      case "quota_spent":
        return this.#coolDown(
          scopes.group,
          outcome,
          toldMs(outcome, limits.MAX_COOLDOWN_MS) ?? limits.QUOTA_SPENT_MS,
          endpoint,
        );
      case "rate_limited": {
        // Without a declared group the limit is most often the model's: the key's other models go on.
        const declared = scopes.group !== scopes.key;
        const scope = declared || model === undefined ? scopes.group : modelScope(id, model);
        const ms = toldMs(outcome, limits.MAX_COOLDOWN_MS) ??
          this.#grownMs(scope, limits.RATE_LIMITED_MS, limits.RATE_LIMITED_CAP_MS);
        return this.#coolDown(scope, outcome, ms, endpoint);
      }
      case "model_missing":
        if (model === undefined) return;
        return this.#coolDown(modelScope(id, model), outcome, limits.MODEL_MISSING_MS, endpoint);
      case "not_permitted":
        return this.#coolDown(scopes.key, outcome, limits.NOT_PERMITTED_MS, endpoint);
    }
  }

  #keyRefused(endpoint: Endpoint, outcome: Outcome): void {
    const { key, upstream } = endpoint.scopes;
    const known = this.#scopes.open(key);
    // Already marked: only its trial may judge it again, not an answer that was still on its way.
    if (known.invalid !== undefined) return;
    known.refusedInRow++;
    if (!outcome.explicit && known.refusedInRow < limits.REFUSED_IN_ROW) return;
    const nowMs = this.#runtime.monotonic();
    const innocent = this.#shared.refused({ pool: endpoint.pool, upstream, key }, nowMs);
    if (innocent === undefined) {
      known.trialIntervalMs = limits.INVALID_TRIAL_MS;
      const endMs = nowMs + limits.INVALID_TRIAL_MS;
      return this.#mark(
        { scope: key, state: "invalid", reason: outcome.reason, endMs },
        outcome.class,
        endpoint,
      );
    }
    for (const scope of innocent) {
      this.#lift(scope, ["invalid"], outcome.class);
      this.#scopes.settle(scope);
    }
    // Answers still on their way when the upstream was found at fault come singly, and are not news.
    if (innocent.length > 1) this.#news.sharedFailure(endpoint, innocent.length);
    this.#ejectBroken(endpoint, "keys_refused", outcome.class);
  }

  #overloaded({ endpoint }: Candidate, outcome: Outcome): void {
    const { upstream } = endpoint.scopes;
    const ms = toldMs(outcome, limits.OVERLOADED_CAP_MS) ??
      this.#grownMs(upstream, limits.OVERLOADED_MS, limits.OVERLOADED_CAP_MS);
    this.#coolDown(upstream, outcome, ms, endpoint);
  }

  #broken({ endpoint }: Candidate, outcome: Outcome): void {
    const { upstream } = endpoint.scopes;
    if (++this.#scopes.open(upstream).brokenInRow < limits.BROKEN_IN_ROW) return;
    this.#ejectBroken(endpoint, outcome.reason, outcome.class);
  }

  /** Ejects for longer each time, until a quiet time as long as the longest ejection forgets the earlier ones. */
  #ejectBroken(at: Endpoint, reason: string, cause: Cause): void {
    const { upstream } = at.scopes;
    const known = this.#scopes.open(upstream);
    const nowMs = this.#runtime.monotonic();
    const lastEndMs = known.ejected?.endMs ?? -Infinity;
    // Failures of requests begun before the ejection tell nothing new.
    if (nowMs < lastEndMs) return;
    if (nowMs >= lastEndMs + limits.BROKEN_EJECTION_CAP_MS) known.brokenEjections = 0;
    known.brokenEjections++;
    const ms = Math.min(limits.BROKEN_EJECTION_MS * known.brokenEjections, limits.BROKEN_EJECTION_CAP_MS);
    this.#mark({ scope: upstream, state: "ejected", reason, endMs: nowMs + ms }, cause, at);
  }

  #unreachable({ endpoint }: Candidate, outcome: Outcome): void {
    const { upstream } = endpoint.scopes;
    const known = this.#scopes.open(upstream);
    const nowMs = this.#runtime.monotonic();
    if (++known.unreachableInRow < limits.UNREACHABLE_IN_ROW) return;
    if (known.ejected !== undefined && nowMs < known.ejected.endMs) return;
    const ms = doubledMs(
      limits.UNREACHABLE_EJECTION_MS,
      known.unreachableEjections++,
      limits.UNREACHABLE_EJECTION_CAP_MS,
    );
    this.#mark(
      { scope: upstream, state: "ejected", reason: outcome.reason, endMs: nowMs + ms },
      outcome.class,
    );
  }

  #coolDown(scope: string, outcome: Outcome, ms: number, at: Endpoint): void {
    const endMs = this.#runtime.monotonic() + ms;
    this.#mark({ scope, state: "cooldown", reason: outcome.reason, endMs }, outcome.class, at);
  }

  /** Length of a cooldown nobody told us: grows with each one since the last success; a burst during one is one. */
  #grownMs(scope: string, firstMs: number, capMs: number): number {
    const known = this.#scopes.open(scope);
    const stands = known.cooldown !== undefined && this.#runtime.monotonic() < known.cooldown.endMs;
    if (!stands || known.cooldownSteps === 0) known.cooldownSteps++;
    return doubledMs(firstMs, known.cooldownSteps - 1, capMs);
  }

  #mark(mark: NewMark, cause: Cause, at?: Endpoint): void {
    const forMs = mark.endMs - this.#runtime.monotonic();
    if (this.#scopes.mark(mark)) this.#news.marked(mark, forMs, cause, at);
  }

  #lift(scope: string, states: readonly MarkState[], cause: Cause, at?: Endpoint): void {
    for (const state of states) {
      if (this.#scopes.lift(scope, state)) this.#news.lifted(scope, state, cause, at);
    }
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
