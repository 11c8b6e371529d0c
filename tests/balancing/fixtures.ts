import { HealthBoard } from "../../src/balancing/health.ts";
import type { Candidate, Endpoint } from "../../src/balancing/endpoint.ts";
import { DEFAULT_HEALTH_POLICY, type HealthPolicy } from "../../src/balancing/health/health_policy.ts";
import { EndpointLoad } from "../../src/balancing/endpoint_load.ts";
import { decide, type DecideRequest, type Decision, type HealthView } from "../../src/balancing/decide.ts";
import { NO_QUOTA, type QuotaView } from "../../src/balancing/quota/quota_view.ts";
import type { Strategy } from "../../src/balancing/strategies/strategy.ts";
import { weightedRoundRobin } from "../../src/balancing/strategies/weighted_round_robin.ts";
import { makeTier, type Tier } from "../../src/balancing/tier.ts";
import { matcherOf } from "../../src/core/pattern.ts";
import { type Log, type LogLine, makeLog } from "../../src/core/log.ts";
import { memoryObserver, type Observer } from "../../src/core/observe.ts";
import type { Outcome, OutcomeClass } from "../../src/core/outcome.ts";
import { Secret } from "../../src/core/secret.ts";
import { memory } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { WriteBehind } from "../../src/stores/write_behind.ts";
import { type FakeRuntime, fakeRuntime } from "../support/fake_runtime.ts";

/** What a test wants to be special about a candidate. */
export interface CandidateWishes {
  readonly weight?: number;
  readonly pool?: string;
  readonly upstream?: string;
  readonly key?: "client";
  readonly group?: string;
  readonly models?: readonly string[];
  readonly priority?: number;
  /** Model of the target; absent: the client's. */
  readonly model?: string;
  /** What is special about how it is judged. */
  readonly health?: Partial<HealthPolicy>;
}

/** A candidate whose endpoint id, key and scopes are named after `id`; upstream `u`, pool `p` where not wished otherwise. */
export function candidate(id: string, wishes: CandidateWishes = {}): Candidate {
  const upstream = wishes.upstream ?? "u";
  const endpoint: Endpoint = {
    id,
    pool: wishes.pool ?? "p",
    provider: "openai_compatible",
    upstream: { name: upstream, url: `http://${upstream}.test/v1` },
    key: wishes.key ?? { secret: new Secret(`sk-${id}`), name: `key of ${id}`, fingerprint: id },
    weight: wishes.weight ?? 1,
    priority: wishes.priority ?? 0,
    models: wishes.models && matcherOf(wishes.models),
    scopes: {
      key: `key:${id}`,
      group: wishes.group === undefined ? `key:${id}` : `group:${wishes.group}`,
      upstream: `upstream:${upstream}`,
    },
    load: new EndpointLoad(),
  };
  const health = wishes.health && { health: { ...DEFAULT_HEALTH_POLICY, ...wishes.health } };
  return { endpoint, weight: wishes.weight ?? 1, model: wishes.model, ...health };
}

/** A tier of candidates under weighted round robin. */
export function tierOf(...candidates: readonly Candidate[]): Tier {
  return makeTier(candidates, { choosing: weightedRoundRobin.create({}) });
}

/** A tier under a strategy. */
export function tierUnder(
  strategy: Strategy,
  candidates: readonly Candidate[],
  { options = {}, slowStartMs = 0 }: { options?: unknown; slowStartMs?: number } = {},
): Tier {
  return makeTier(candidates, { choosing: strategy.create(options), slowStartMs });
}

/** What a decision of {@link decideNow} is made under; health is perfect, limits are unknown and time stands at 0 where not said. */
export interface Around {
  readonly health?: HealthView;
  readonly quota?: QuotaView;
  readonly nowMs?: number;
  readonly random?: () => number;
}

/** Settles the tier's index and decides, as serving does; model `m` where not said. */
export function decideNow(tier: Tier, request: Partial<DecideRequest> = {}, around: Around = {}): Decision {
  const full = {
    health: around.health ?? { exclusion: () => undefined },
    quota: around.quota ?? NO_QUOTA,
    nowMs: around.nowMs ?? 0,
    random: around.random ?? (() => 0),
  };
  const asked: DecideRequest = { model: "m", tried: new Set(), ...request };
  tier.index.settle(asked.model, full);
  return decide(asked, tier, full);
}

/** An outcome of a class; the reason is the class where not given. */
export function outcome(name: OutcomeClass, more: Partial<Outcome> = {}): Outcome {
  return { class: name, reason: name, ...more };
}

/** A health board with all it stands on. */
export interface Bench {
  readonly runtime: FakeRuntime;
  readonly store: Store;
  readonly state: WriteBehind;
  readonly lines: LogLine[];
  readonly log: Log;
  readonly observer: Observer;
  readonly health: HealthBoard;
}

/** Sets up a health board under hand-turned time over a memory store, or over `kept` things of an earlier one. */
export async function makeBench(kept: { runtime?: FakeRuntime; store?: Store } = {}): Promise<Bench> {
  const runtime = kept.runtime ?? fakeRuntime();
  const store = kept.store ?? await memory.open({ dataDir: "", runtime, report: () => {} });
  const lines: LogLine[] = [];
  const log = makeLog(() => runtime.now(), (line) => lines.push(line));
  const observer = memoryObserver();
  const state = new WriteBehind({ store, runtime, log, observer });
  const health = new HealthBoard({ runtime, log, observer, state });
  return { runtime, store, state, lines, log, observer, health };
}

/** Decides and turns the rotation, as a request that ends at once does; undefined when nobody was picked. */
export function takeNow(
  tier: Tier,
  request: Partial<DecideRequest> = {},
  around: Around = {},
): Candidate | undefined {
  const { pick, turn } = decideNow(tier, request, around);
  if (turn === undefined) return undefined;
  tier.index.started(turn, around.nowMs ?? 0);
  tier.index.ended(turn, outcome("ok"));
  return pick;
}

/** Ids of the next picks, in one string. */
export function takeNames(
  tier: Tier,
  turns: number,
  request: Partial<DecideRequest> = {},
  around: Around = {},
): string {
  return Array.from({ length: turns }, () => takeNow(tier, request, around)?.endpoint.id ?? "-").join("");
}

/** Health that keeps those out for whom `isOut` holds, by a cooldown to `endMs`. */
export function healthWithout(isOut: (id: string) => boolean, endMs = Infinity): HealthView {
  return {
    exclusion: ({ endpoint }) =>
      isOut(endpoint.id)
        ? { state: "cooldown", scope: endpoint.scopes.key, reason: "http_429", sinceMs: 0, endMs }
        : undefined,
  };
}
