import type { Outcome } from "../../core/outcome.ts";
import type { Candidate, Endpoint } from "../endpoint.ts";
import type { Trial } from "../lease.ts";
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
export class Trials {
  readonly #marker: Marker;
  readonly #judge: UpstreamJudge;

  constructor(marker: Marker, judge: UpstreamJudge) {
    this.#marker = marker;
    this.#judge = judge;
  }

  /** The candidate is about to be used: the trial, when this use is the one that its marks are due. */
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

  /** Scopes of the candidate whose marks a probe could say something of: none of those that a trial is under way for. */
  wantsProbe({ endpoint: { scopes: { key, upstream } } }: Candidate): string[] {
    const { scopes } = this.#marker;
    if (scopes.isBlank) return [];
    const marked = [];
    const [ofKey, ofUpstream] = [scopes.find(key), scopes.find(upstream)];
    if (ofKey?.invalid !== undefined && ofKey.trial === undefined) marked.push(key);
    if (ofUpstream?.ejected !== undefined && ofUpstream.trial === undefined) marked.push(upstream);
    return marked;
  }

  /**
   * A probe beside the traffic came to `outcome`. A good one only makes the trial due at once: a cheap call that
   * works does not say that the dear ones do. A bad one counts as a trial that failed, where one is due. Of
   * anything that is not marked it teaches nothing: a key that may not list models is no worse for it.
   */
  probed(candidate: Candidate, outcome: Outcome): void {
    const { endpoint, health: policy = DEFAULT_HEALTH_POLICY } = candidate;
    const { key, upstream } = endpoint.scopes;
    const wanting = this.wantsProbe(candidate);
    if (wanting.includes(key)) {
      if (outcome.class === "ok") this.#makeDue(key, "invalid");
      else if (outcome.class === "key_invalid") {
        const due = this.#due(key, "invalid", this.#marker.nowMs);
        if (due !== undefined) this.#refuseKey(endpoint, due);
      }
    }
    if (wanting.includes(upstream)) {
      const due = this.#due(upstream, "ejected", this.#marker.nowMs);
      const refusedKeys = this.#marker.scopes.find(upstream)?.ejected?.reason === KEYS_REFUSED;
      if (isUpstreamFailure(outcome)) {
        if (due !== undefined) this.#judge.trialFailed(endpoint, policy, outcome);
      } else if (outcome.class === "ok" || !refusedKeys) this.#makeDue(upstream, "ejected");
    }
  }

  #makeDue(scope: string, state: "invalid" | "ejected"): void {
    const { scopes, nowMs } = this.#marker;
    if (this.#due(scope, state, nowMs) === undefined) scopes.moveEnd(scope, state, nowMs);
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
