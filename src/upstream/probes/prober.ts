import type { Candidate } from "../../balancing/endpoint.ts";
import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";
import type { ErrorRule, Provider } from "../../providers/provider.ts";
import type { CallStarter } from "../call.ts";
import { probeEndpoint } from "./probe_endpoint.ts";
import type { ActiveProbe } from "./probe_policy.ts";

/** Probes under way at once, over all pools: they must never be a load. */
const MAX_PROBES = 4;

/** Most probes of one pool's round; what is left is first in the next. */
const MAX_PER_ROUND = 100;

/** What probing asks of health. */
export interface ProbeBook {
  /** Scopes of the candidate that are marked and that no trial is under way for. */
  wantsProbe(candidate: Candidate): readonly string[];
  /** A probe of the candidate came to `outcome`. */
  probed(candidate: Candidate, outcome: Outcome): void;
}

/** A pool that wants probes. */
export interface ProbedPool {
  readonly name: string;
  readonly policy: ActiveProbe;
  readonly candidates: readonly Candidate[];
  /** The pool's own error rows; its provider's come after them. */
  readonly rules: readonly ErrorRule[];
}

/** What a {@link Prober} needs. */
export interface ProberParts {
  readonly runtime: Runtime;
  readonly caller: CallStarter;
  readonly health: ProbeBook;
  readonly providerOf: (type: string) => Provider;
  readonly log: Log;
  readonly observer: Observer;
}

/** A pool that is probed, and how far its rounds are. */
interface Watched {
  /** As it is now: its keys may change while a round is under way. */
  pool: ProbedPool;
  /** Undefined while a round is under way. */
  timer: Timer | undefined;
  /** Where the next round begins: this endpoint, or its place where it is gone. */
  from: { readonly id: string; readonly at: number } | undefined;
}

/**
 * Asks marked keys and upstreams of its pools, off the path of any request, whether they work again. One that is
 * well is never asked.
 */
export class Prober implements Disposable {
  readonly #parts: ProberParts;
  readonly #log: Log;
  readonly #watched = new Map<string, Watched>();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(parts: ProberParts) {
    this.#parts = parts;
    this.#log = parts.log.channel("health");
  }

  /**
   * Probes these pools from now on, and no others; the first round of each is a whole interval away. One whose policy
   * stays goes on with the candidates it has now: keys may change more often than the interval is long.
   */
  configure(pools: readonly ProbedPool[]): void {
    const before = new Map(this.#watched);
    this.#watched.clear();
    for (const pool of pools) {
      const known = before.get(pool.name);
      if (known !== undefined && isSame(known.pool.policy, pool.policy)) {
        before.delete(pool.name);
        known.pool = pool;
        this.#watched.set(pool.name, known);
        continue;
      }
      const watched = { pool, timer: undefined, from: undefined };
      this.#watched.set(pool.name, watched);
      this.#schedule(watched);
    }
    for (const { timer } of before.values()) timer?.cancel();
  }

  /** Starts no probe any more; those under way end by themselves, and nothing is learnt of them. */
  [Symbol.dispose](): void {
    this.configure([]);
  }

  #isCurrent(watched: Watched): boolean {
    return this.#watched.get(watched.pool.name) === watched;
  }

  #schedule(watched: Watched): void {
    if (!this.#isCurrent(watched)) return;
    watched.timer = this.#parts.runtime.after(
      watched.pool.policy.everyMs,
      () => void this.#round(watched),
    );
  }

  async #round(watched: Watched): Promise<void> {
    watched.timer = undefined;
    await Promise.all(this.#targets(watched).map((candidate) => this.#probe(watched, candidate)));
    this.#schedule(watched);
  }

  /** One candidate for each marked scope, beginning where the last round stopped; moves that on. */
  #targets(watched: Watched): Candidate[] {
    const { pool: { candidates }, from } = watched;
    const first = from === undefined ? 0 : placeOf(from.id, candidates) ?? from.at;
    watched.from = undefined;
    const covered = new Set<string>();
    const targets: Candidate[] = [];
    for (let step = 0; step < candidates.length; step++) {
      const at = (first + step) % candidates.length;
      const candidate = candidates[at];
      if (candidate === undefined) continue;
      const wanting = this.#parts.health.wantsProbe(candidate).filter((scope) => !covered.has(scope));
      if (wanting.length === 0) continue;
      if (targets.length >= MAX_PER_ROUND) {
        watched.from = { id: candidate.endpoint.id, at };
        return targets;
      }
      for (const scope of wanting) covered.add(scope);
      targets.push(candidate);
    }
    return targets;
  }

  async #probe(watched: Watched, { endpoint: { id } }: Candidate): Promise<void> {
    if (this.#underWay >= MAX_PROBES) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#underWay++;
    try {
      const asked = this.#now(watched, id);
      if (asked === undefined) return;
      const { policy, rules, name } = watched.pool;
      const outcome = await probeEndpoint(this.#parts, { endpoint: asked.endpoint, policy, rules });
      const candidate = this.#now(watched, id);
      if (candidate === undefined) return;
      this.#parts.observer.count("probes", { pool: name, outcome: outcome.class });
      this.#log.debug("Probed", { endpoint: id, outcome: outcome.class });
      this.#parts.health.probed(candidate, outcome);
    } finally {
      // Whoever waits takes over the place, so that the count stays as it is.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay--;
      else next();
    }
  }

  /** The candidate as the configuration in force has it; undefined where nobody wants to know of it any more. */
  #now(watched: Watched, id: string): Candidate | undefined {
    if (!this.#isCurrent(watched)) return undefined;
    const { candidates } = watched.pool;
    const at = placeOf(id, candidates);
    return at === undefined ? undefined : candidates[at];
  }
}

function placeOf(id: string, candidates: readonly Candidate[]): number | undefined {
  const at = candidates.findIndex(({ endpoint }) => endpoint.id === id);
  return at < 0 ? undefined : at;
}

/** Policies are plain values, made in one place and so with their members in one order. */
function isSame(one: ActiveProbe, other: ActiveProbe): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
