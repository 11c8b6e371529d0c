import type { Outcome } from "../../../core/outcome.ts";
import type { Endpoint } from "../../endpoint.ts";
import { type Cooldowns, toldMs } from "../cooldowns.ts";
import type { HealthPolicy } from "../health_policy.ts";
import * as limits from "../limits.ts";
import { KEYS_REFUSED, modelScope } from "../mark.ts";
import type { Marker } from "../marker.ts";
import type { ScopeState } from "../scope_state.ts";
import type { PoolShape } from "../upstreams/ejection_room.ts";
import type { UpstreamJudge } from "../upstreams/upstream_judge.ts";
import { SharedFailures } from "./shared_failures.ts";

/** Marks keys, quota groups and models on a key for what vendors say of them, unless everybody is refused alike. */
export class KeyJudge {
  readonly #marker: Marker;
  readonly #cooldowns: Cooldowns;
  readonly #upstreams: UpstreamJudge;
  readonly #shared = new SharedFailures();

  constructor(marker: Marker, cooldowns: Cooldowns, upstreams: UpstreamJudge) {
    this.#marker = marker;
    this.#cooldowns = cooldowns;
    this.#upstreams = upstreams;
  }

  /** Says how each pool of the config in force is built. */
  poolsInForce(shapes: ReadonlyMap<string, PoolShape>): void {
    this.#shared.keyCounts(new Map([...shapes].map(([pool, { keys }]) => [pool, keys])));
  }

  /** The upstream served a key of the pool. */
  served({ pool, scopes }: Endpoint): void {
    this.#shared.served(pool, scopes.upstream, this.#marker.nowMs);
  }

  /** Takes in what an attempt with the endpoint's own key came to; `model` is the name the upstream was asked for. */
  learn(
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
        return this.#cooldowns.begin(
          scopes.group,
          outcome,
          toldMs(outcome, limits.MAX_COOLDOWN_MS) ?? limits.QUOTA_SPENT_MS,
          endpoint,
        );
      case "rate_limited":
        return this.#rateLimited(endpoint, model, outcome);
      case "model_missing":
        if (model === undefined || model.length > limits.MAX_MODEL_NAME) return;
        return this.#cooldowns.begin(modelScope(id, model), outcome, limits.MODEL_MISSING_MS, endpoint);
      case "not_permitted":
        return this.#forbidden(endpoint, policy, outcome);
    }
  }

  #rateLimited(endpoint: Endpoint, model: string | undefined, outcome: Outcome): void {
    const { id, pool, scopes: { key, group, upstream } } = endpoint;
    // Without a declared group the limit is most often the model's: the key's other models go on.
    const declared = group !== key;
    const scope = declared || model === undefined ? group : modelScope(id, model);
    const ms = toldMs(outcome, limits.MAX_COOLDOWN_MS) ??
      this.#cooldowns.grownMs(scope, limits.RATE_LIMITED_MS, limits.RATE_LIMITED_CAP_MS);
    this.#cooldowns.begin(scope, outcome, ms, endpoint);
    if (declared) return;
    const nowMs = this.#marker.nowMs;
    const told = {
      pool,
      upstream,
      key,
      kind: "limited",
      restMs: toldMs(outcome, limits.MAX_COOLDOWN_MS),
    } as const;
    const shared = this.#shared.refused(told, nowMs);
    if (shared === undefined) return;
    const known = this.#marker.scopes.open(upstream).cooldown;
    if (known === undefined || nowMs >= known.endMs) {
      this.#marker.news.sharedFailure(endpoint, shared.keys.length);
    }
    const restMs = Math.max(
      limits.MIN_COOLDOWN_MS,
      Math.min(
        shared.restMs ??
          this.#cooldowns.grownMs(upstream, limits.RATE_LIMITED_MS, limits.RATE_LIMITED_CAP_MS),
        limits.RATE_LIMITED_CAP_MS,
      ),
    );
    this.#cooldowns.begin(upstream, outcome, restMs, endpoint);
  }

  #keyRefused(endpoint: Endpoint, policy: HealthPolicy, outcome: Outcome): void {
    const { key } = endpoint.scopes;
    const known = this.#marker.scopes.open(key);
    // Already marked: only its trial may judge it again, not an answer that was still on its way.
    if (known.invalid !== undefined || policy.keyInvalidAfter === 0) return;
    known.refusedInRow++;
    if (!outcome.explicit && known.refusedInRow < policy.keyInvalidAfter) return;
    if (this.#isUpstreamsFault(endpoint, policy, outcome)) return;
    this.#markInvalid(endpoint, known, outcome);
  }

  /** A test of the key alone was refused; whoever tests many sees for himself whether all are refused alike. Whether it is invalid now. */
  refusedWhenTested(endpoint: Endpoint, policy: HealthPolicy, outcome: Outcome): boolean {
    if (policy.keyInvalidAfter === 0) return false;
    const known = this.#marker.scopes.open(endpoint.scopes.key);
    if (known.invalid === undefined) this.#markInvalid(endpoint, known, outcome);
    return true;
  }

  #markInvalid(endpoint: Endpoint, known: ScopeState, outcome: Outcome): void {
    known.trialIntervalMs = limits.INVALID_TRIAL_MS;
    const endMs = this.#marker.nowMs + limits.INVALID_TRIAL_MS;
    this.#marker.mark(
      { scope: endpoint.scopes.key, state: "invalid", reason: outcome.reason, endMs },
      outcome.class,
      endpoint,
    );
  }

  #forbidden(endpoint: Endpoint, policy: HealthPolicy, outcome: Outcome): void {
    const { key } = endpoint.scopes;
    const known = this.#marker.scopes.open(key);
    known.forbiddenInRow++;
    if (!outcome.explicit && known.forbiddenInRow < limits.NOT_PERMITTED_IN_ROW) return;
    if (this.#isUpstreamsFault(endpoint, policy, outcome)) return;
    this.#cooldowns.begin(key, outcome, limits.NOT_PERMITTED_MS, endpoint);
  }

  /** Whether the key was refused along with all others: then none is marked for it, and the upstream is ejected. */
  #isUpstreamsFault(endpoint: Endpoint, policy: HealthPolicy, outcome: Outcome): boolean {
    const { pool, scopes: { key, upstream } } = endpoint;
    const shared = this.#shared.refused({ pool, upstream, key, kind: "refused" }, this.#marker.nowMs);
    if (shared === undefined) return false;
    for (const scope of shared.keys) {
      this.#marker.lift(scope, ["invalid"], outcome.class);
      // A cooldown that another refusal set, such as spent quota, is not of this event.
      if (this.#marker.scopes.find(scope)?.cooldown?.reason === outcome.reason) {
        this.#marker.lift(scope, ["cooldown"], outcome.class);
      }
      this.#marker.scopes.settle(scope);
    }
    // Answers still on their way when the upstream was found at fault come singly, and are not news.
    if (shared.keys.length > 1) this.#marker.news.sharedFailure(endpoint, shared.keys.length);
    this.#upstreams.eject(endpoint, policy, { reason: KEYS_REFUSED, class: outcome.class });
    return true;
  }
}
