import type { OutcomeClass } from "../../../core/outcome.ts";
import type { Endpoint } from "../../endpoint.ts";
import type { HealthPolicy } from "../health_policy.ts";
import {
  MAX_EJECTIONS,
  UNREACHABLE_EJECTION_CAP_MS,
  UNREACHABLE_EJECTION_MS,
  UNREACHABLE_IN_ROW,
} from "../limits.ts";
import type { Marker } from "../marker.ts";
import type { ScopeState } from "../scope_state.ts";
import { EjectionRoom, type PoolShape } from "./ejection_room.ts";
import { OutcomeWindow } from "./outcome_window.ts";

/** Why an upstream is to be ejected. */
export interface EjectionCause {
  readonly reason: string;
  readonly class: OutcomeClass;
}

/**
 * Ejects upstreams for what they do: failures in a row, failures within a span, a share of failures within a span.
 * Counts over all keys of an upstream; marks no key. Every call is O(1) but an ejection itself.
 */
export class UpstreamJudge {
  readonly #marker: Marker;
  readonly #room: EjectionRoom;
  /** By upstream, one for each span that some policy asks for: grows to their number in the config in force. */
  readonly #windows = new Map<string, OutcomeWindow[]>();

  constructor(marker: Marker) {
    this.#marker = marker;
    this.#room = new EjectionRoom(marker.scopes);
  }

  /** Says what pools the config in force has; counts of upstreams that are gone are forgotten. */
  poolsInForce(shapes: ReadonlyMap<string, PoolShape>): void {
    this.#room.poolsInForce(shapes);
    const pools = [...shapes.values()];
    for (const upstream of this.#windows.keys()) {
      if (!pools.some(({ upstreams }) => upstreams.has(upstream))) this.#windows.delete(upstream);
    }
  }

  /** The upstream answered as it should. */
  served(upstream: string, policy: HealthPolicy): void {
    if (countsRate(policy)) this.#count(upstream, false, policy);
  }

  /** The upstream failed to answer, or what it answered was no answer. */
  broken(at: Endpoint, policy: HealthPolicy, cause: EjectionCause): void {
    const { upstream } = at.scopes;
    const inRow = ++this.#marker.scopes.open(upstream).brokenInRow;
    this.#failed(at, policy, cause, policy.consecutive > 0 && inRow >= policy.consecutive);
  }

  /** No connection to the upstream came about. */
  unreachable(at: Endpoint, policy: HealthPolicy, cause: EjectionCause): void {
    const { upstream } = at.scopes;
    const inRow = ++this.#marker.scopes.open(upstream).unreachableInRow;
    const most = Math.min(UNREACHABLE_IN_ROW, policy.consecutive);
    this.#failed(at, policy, cause, most > 0 && inRow >= most);
  }

  /** Ejects for longer each time. One that is out already stays so for as long as it was. */
  eject(at: Endpoint, policy: HealthPolicy, cause: EjectionCause): void {
    const { upstream } = at.scopes;
    const known = this.#marker.scopes.open(upstream);
    const { nowMs } = this.#marker;
    // Failures of requests begun before the ejection tell nothing new.
    if (known.ejected !== undefined && nowMs < known.ejected.endMs) return;
    if (nowMs < known.keptUntilMs) return;
    if (!this.#room.isFor(upstream, policy.trials, nowMs)) {
      known.keptUntilMs = nowMs + policy.eject.baseMs;
      return this.#marker.news.keptForRoom(at, cause.reason);
    }
    this.#ejectNow(at, known, policy, cause);
  }

  /** The one trial of an ejected upstream failed: it is out again, for longer. */
  trialFailed(at: Endpoint, policy: HealthPolicy, cause: EjectionCause): void {
    const { upstream } = at.scopes;
    const { scopes, nowMs } = this.#marker;
    scopes.moveEnd(upstream, "ejected", nowMs);
    this.#ejectNow(at, scopes.open(upstream), policy, cause);
  }

  /** The upstream is back: what it did before counts no more, only how often it was ejected, for a while. */
  returned(upstream: string): void {
    this.#clearWindows(upstream);
    const known = this.#marker.scopes.find(upstream);
    if (known === undefined) return;
    known.resetCounts();
    known.healthySinceMs = this.#marker.nowMs;
  }

  /** A person vouches for the upstream: nothing it did before counts. */
  forget(upstream: string): void {
    this.#clearWindows(upstream);
    const known = this.#marker.scopes.find(upstream);
    if (known !== undefined) known.ejections = 0;
  }

  #failed(at: Endpoint, policy: HealthPolicy, cause: EjectionCause, enoughInRow: boolean): void {
    const { upstream } = at.scopes;
    const enough = this.#count(upstream, true, policy);
    if (enoughInRow || enough) this.eject(at, policy, cause);
  }

  /** Counts one answer in the windows that the policy asks for; true when one of them is over its threshold. */
  #count(upstream: string, failed: boolean, policy: HealthPolicy): boolean {
    const { window, rate } = policy;
    const { nowMs } = this.#marker;
    const ofRate = countsRate(policy) ? this.#windowOf(upstream, rate.spanMs) : undefined;
    const ofCount = failed && window.failures > 0 ? this.#windowOf(upstream, window.spanMs) : undefined;
    ofRate?.add(failed, nowMs);
    if (ofCount !== ofRate) ofCount?.add(failed, nowMs);
    if (!failed) return false;
    if (ofCount !== undefined && ofCount.read(nowMs).failures >= window.failures) return true;
    if (ofRate === undefined) return false;
    const { failures, answers } = ofRate.read(nowMs);
    return answers >= rate.minimum && failures >= answers * rate.share;
  }

  #windowOf(upstream: string, spanMs: number): OutcomeWindow {
    let windows = this.#windows.get(upstream);
    if (windows === undefined) this.#windows.set(upstream, windows = []);
    let found = windows.find((window) => window.spanMs === spanMs);
    if (found === undefined) windows.push(found = new OutcomeWindow(spanMs));
    return found;
  }

  #clearWindows(upstream: string): void {
    for (const window of this.#windows.get(upstream) ?? []) window.clear();
  }

  #ejectNow(at: Endpoint, known: ScopeState, { eject }: HealthPolicy, cause: EjectionCause): void {
    const { upstream } = at.scopes;
    const { nowMs } = this.#marker;
    known.ejections = Math.min(known.ejectionsAt(nowMs) + 1, MAX_EJECTIONS);
    const ms = cause.class === "unreachable"
      ? Math.min(
        Math.min(UNREACHABLE_EJECTION_MS, eject.baseMs) * 2 ** (known.ejections - 1),
        Math.min(UNREACHABLE_EJECTION_CAP_MS, eject.maxMs),
      )
      : Math.min(eject.baseMs * known.ejections, eject.maxMs);
    known.healthySinceMs = nowMs + ms;
    this.#clearWindows(upstream);
    this.#room.take(upstream);
    this.#marker.mark(
      { scope: upstream, state: "ejected", reason: cause.reason, endMs: nowMs + ms },
      cause.class,
      at,
    );
  }
}

function countsRate({ rate }: HealthPolicy): boolean {
  return rate.share > 0 && rate.minimum > 0;
}
