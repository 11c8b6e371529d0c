import { HealthBoard } from "../../src/balancing/health.ts";
import type { Candidate, Endpoint } from "../../src/balancing/endpoint.ts";
import { weightedRoundRobin } from "../../src/balancing/strategies/weighted_round_robin.ts";
import type { Tier } from "../../src/balancing/tier.ts";
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
  /** Model of the target; absent: the client's. */
  readonly model?: string;
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
    models: wishes.models,
    scopes: {
      key: `key:${id}`,
      group: wishes.group === undefined ? `key:${id}` : `group:${wishes.group}`,
      upstream: `upstream:${upstream}`,
    },
    load: { inFlight: 0, started: 0 },
  };
  return { endpoint, weight: wishes.weight ?? 1, model: wishes.model };
}

/** A tier of candidates under weighted round robin. */
export function tierOf(...candidates: readonly Candidate[]): Tier {
  return { candidates, picker: weightedRoundRobin.create(), affinity: undefined };
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
