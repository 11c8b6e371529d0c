import type { Outcome } from "../../core/outcome.ts";
import type { Candidate, Endpoint } from "../endpoint.ts";
import type { Trial, TrialBook } from "../lease.ts";
import { DEFAULT_HEALTH_POLICY, type HealthPolicy } from "./health_policy.ts";
import { INVALID_TRIAL_CAP_MS, SHARED_FAILURE_MIN_KEYS } from "./limits.ts";
import { KEYS_REFUSED } from "./mark.ts";
import type { Marker } from "./marker.ts";
import type { ScopeState } from "./scope_state.ts";
import type { UpstreamJudge } from "./upstreams/upstream_judge.ts";

/**
 * Finds out whether an invalid key or an ejected upstream works again: when its wait is over, exactly one request
 * is its trial, and all others keep away until that one has an answer.
 */
export class Trials implements TrialBook {
  readonly #marker: Marker;
  readonly #judge: UpstreamJudge;

  constructor(marker: Marker, judge: UpstreamJudge) {
    this.#marker = marker;
    this.#judge = judge;
  }

  /** See {@link TrialBook.begin}. */
  begin({ endpoint, health: policy = DEFAULT_HEALTH_POLICY }: Candidate): Trial | undefined {
    const { scopes, nowMs } = this.#marker;
    if (scopes.isBlank || !policy.trials) return undefined;
    const key = this.#due(endpoint.scopes.key, "invalid", nowMs);
    const upstream = this.#due(endpoint.scopes.upstream, "ejected", nowMs);
    if (key === undefined && upstream === undefined) return undefined;
    const trial: Trial = {
      end: (outcome) => {
        if (key?.trial === trial) this.#endKeyTrial(endpoint, key, outcome);
        if (upstream?.trial === trial) this.#endUpstreamTrial(endpoint, upstream, policy, outcome);
      },
    };
    // Taken out of the running until the trial has an answer; should it be lost, no longer than this.
    if (key !== undefined) {
      key.trial = trial;
      scopes.beginTrial(endpoint.scopes.key, "invalid", nowMs + key.trialIntervalMs);
    }
    if (upstream !== undefined) {
      upstream.trial = trial;
      scopes.beginTrial(endpoint.scopes.upstream, "ejected", nowMs + policy.eject.maxMs);
    }
    return trial;
  }

  /**
   * A probe beside the traffic came to `outcome`. A good one only makes the trial due at once: a cheap call that
   * works does not say that the dear ones do. A bad one counts as a trial that failed, where one is due.
   */
  probed({ endpoint, health: policy = DEFAULT_HEALTH_POLICY }: Candidate, outcome: Outcome): void {
    const { scopes, nowMs } = this.#marker;
    const names = { invalid: endpoint.scopes.key, ejected: endpoint.scopes.upstream } as const;
    for (const state of ["invalid", "ejected"] as const) {
      const known = scopes.find(names[state]);
      const mark = known?.[state];
      if (known === undefined || mark === undefined || known.trial !== undefined) continue;
      if (outcome.class === "ok") {
        if (nowMs < mark.endMs) scopes.moveEnd(names[state], state, nowMs);
      } else if (nowMs < mark.endMs) continue;
      else if (state === "invalid" && outcome.class === "key_invalid") this.#refuseKey(endpoint, known);
      else if (state === "ejected" && isUpstreamFailure(outcome)) {
        this.#judge.trialFailed(endpoint, policy, outcome);
      }
    }
  }

  /** The scope, where its mark's wait is over. */
  #due(scope: string, state: "invalid" | "ejected", nowMs: number): ScopeState | undefined {
    const known = this.#marker.scopes.find(scope);
    const mark = known?.[state];
    return mark !== undefined && nowMs >= mark.endMs ? known : undefined;
  }

  /** A success lifts the mark, a refusal doubles the wait, anything else says nothing of the key. */
  #endKeyTrial(at: Endpoint, known: ScopeState, outcome: Outcome): void {
    known.trial = undefined;
    const { key } = at.scopes;
    if (outcome.class === "ok") this.#marker.lift(key, ["invalid"], "ok", at);
    else if (outcome.class === "key_invalid") this.#refuseKey(at, known);
    else this.#marker.scopes.moveEnd(key, "invalid", this.#marker.nowMs);
  }

  /** A success lifts the mark, a failure ejects again, anything else says nothing of the upstream. */
  #endUpstreamTrial(at: Endpoint, known: ScopeState, policy: HealthPolicy, outcome: Outcome): void {
    known.trial = undefined;
    const { upstream } = at.scopes;
    if (known.ejected === undefined) return;
    if (outcome.class === "ok") {
      this.#judge.returned(upstream);
      this.#marker.lift(upstream, ["ejected"], "ok", at);
    } else if (isUpstreamFailure(outcome) || this.#refusesAll(known, outcome)) {
      const { reason } = isUpstreamFailure(outcome) ? outcome : known.ejected;
      this.#judge.trialFailed(at, policy, { reason, class: outcome.class });
    } else this.#marker.scopes.moveEnd(upstream, "ejected", this.#marker.nowMs);
  }

  /** An upstream that was ejected because it refused everybody gets a few keys to be tried with, not half a pool. */
  #refusesAll(known: ScopeState, outcome: Outcome): boolean {
    if (known.ejected?.reason !== KEYS_REFUSED) return false;
    if (outcome.class !== "key_invalid" && outcome.class !== "not_permitted") return false;
    known.refusedTrials++;
    if (known.refusedTrials < SHARED_FAILURE_MIN_KEYS) return false;
    known.refusedTrials = 0;
    return true;
  }

  #refuseKey(at: Endpoint, known: ScopeState): void {
    known.trialIntervalMs = Math.min(known.trialIntervalMs * 2, INVALID_TRIAL_CAP_MS);
    this.#marker.scopes.moveEnd(at.scopes.key, "invalid", this.#marker.nowMs + known.trialIntervalMs);
  }
}

function isUpstreamFailure(outcome: Outcome): boolean {
  return outcome.class === "broken" || outcome.class === "unreachable" || outcome.class === "overloaded";
}
