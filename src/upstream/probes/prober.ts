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

/**
 * Asks marked keys and upstreams of its pools, off the path of any request, whether they work again. One that is
 * well is never asked.
 */
export class Prober implements Disposable {
  readonly #parts: ProberParts;
  readonly #log: Log;
  readonly #rounds = new Map<string, Timer>();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #generation = 0;

  constructor(parts: ProberParts) {
    this.#parts = parts;
    this.#log = parts.log.channel("health");
  }

  /** Probes these pools from now on, and no others; the first round of each is a whole interval away. */
  configure(pools: readonly ProbedPool[]): void {
    this[Symbol.dispose]();
    for (const pool of pools) this.#schedule(pool, this.#generation, 0);
  }

  /** Starts no probe any more; those under way end by themselves, and nothing is learnt of them. */
  [Symbol.dispose](): void {
    this.#generation++;
    for (const timer of this.#rounds.values()) timer.cancel();
    this.#rounds.clear();
  }

  #schedule(pool: ProbedPool, generation: number, from: number): void {
    if (generation !== this.#generation) return;
    this.#rounds.set(
      pool.name,
      this.#parts.runtime.after(pool.policy.everyMs, () => void this.#round(pool, generation, from)),
    );
  }

  async #round(pool: ProbedPool, generation: number, from: number): Promise<void> {
    const { targets, next } = this.#targets(pool, from);
    await Promise.all(targets.map((candidate) => this.#probe(pool, candidate, generation)));
    this.#schedule(pool, generation, next);
  }

  /** One candidate for each marked scope, beginning where the last round stopped. */
  #targets({ candidates }: ProbedPool, from: number): { targets: Candidate[]; next: number } {
    const covered = new Set<string>();
    const targets: Candidate[] = [];
    for (let step = 0; step < candidates.length; step++) {
      const at = (from + step) % candidates.length;
      const candidate = candidates[at];
      if (candidate === undefined) continue;
      const wanting = this.#parts.health.wantsProbe(candidate).filter((scope) => !covered.has(scope));
      if (wanting.length === 0) continue;
      if (targets.length >= MAX_PER_ROUND) return { targets, next: at };
      for (const scope of wanting) covered.add(scope);
      targets.push(candidate);
    }
    return { targets, next: 0 };
  }

  async #probe(pool: ProbedPool, candidate: Candidate, generation: number): Promise<void> {
    if (this.#underWay >= MAX_PROBES) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#underWay++;
    try {
      if (generation !== this.#generation) return;
      const { policy, rules } = pool;
      const outcome = await probeEndpoint(this.#parts, { endpoint: candidate.endpoint, policy, rules });
      if (generation !== this.#generation) return;
      this.#parts.observer.count("probes", { pool: pool.name, outcome: outcome.class });
      this.#log.debug("Probed", { endpoint: candidate.endpoint.id, outcome: outcome.class });
      this.#parts.health.probed(candidate, outcome);
    } finally {
      // Whoever waits takes over the place, so that the count stays as it is.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay--;
      else next();
    }
  }
}
