import type { Candidate } from "../../balancing/endpoint.ts";
import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";
import type { DiscoveredModel, ErrorRule, Provider } from "../../providers/provider.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import type { CallStarter } from "../call.ts";
import { editOwnHeaders } from "../edits/apply_edits.ts";
import { fetchModels, type ModelAnswer } from "./fetch_models.ts";
import { savedLists, saveList } from "./saved_lists.ts";

/** From a list to the next, in milliseconds: vendors change theirs some times a month. A tenth more or less by chance. */
const EVERY_MS = 3_600_000;

/** First wait after a pool could not be asked, in milliseconds; doubles up to {@link EVERY_MS}. */
const RETRY_MS = 30_000;

/** Endpoints asked in one round, one after the other, until one answers. */
const MAX_TRIES = 3;

/** A pool that asks its upstreams for their models. */
export interface DiscoveringPool {
  readonly name: string;
  readonly candidates: readonly Candidate[];
  /** The pool's own error rows; its provider's come after them. */
  readonly rules: readonly ErrorRule[];
}

/** What {@link ModelLists} needs. */
export interface ModelListsParts {
  readonly runtime: Runtime;
  readonly caller: CallStarter;
  readonly providerOf: (type: string) => Provider;
  /** Whether an endpoint is in no trouble; those that are, are asked last. */
  readonly isWell: (candidate: Candidate) => boolean;
  readonly log: Log;
  readonly observer: Observer;
  /** Where lists outlive the process. */
  readonly state: WriteBehind;
  /** A pool's list is another than before. */
  readonly changed: (pool: string) => void;
}

/**
 * Knows which models the upstreams of pools say they have: asks one of each pool's at once and then every hour, off
 * the path of any request, and keeps the last list when that fails. Never logs what an upstream sent.
 */
export class ModelLists implements Disposable {
  readonly #parts: ModelListsParts;
  readonly #log: Log;
  #lists = new Map<string, readonly DiscoveredModel[]>();
  #pools: ReadonlyMap<string, DiscoveringPool> = new Map();
  readonly #timers = new Map<string, Timer>();
  readonly #asking = new Set<string>();
  readonly #failures = new Map<string, number>();
  #over = false;

  constructor(parts: ModelListsParts) {
    this.#parts = parts;
    this.#log = parts.log.channel("health");
  }

  /** Takes up the lists of the last run. Never rejects: without them pools offer nothing until they are asked. */
  async restore(): Promise<void> {
    try {
      this.#lists = await savedLists(this.#parts.state);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.warn(`Could not restore lists of models (${reason}): upstreams are asked anew`);
    }
  }

  /** The last list of a pool; undefined while there is none. */
  of(pool: string): readonly DiscoveredModel[] | undefined {
    return this.#lists.get(pool);
  }

  /** Asks for these pools from now on, and no others: a new one at once, one that is known when its time comes. */
  configure(pools: readonly DiscoveringPool[]): void {
    this.#pools = new Map(pools.map((pool) => [pool.name, pool]));
    for (const [name, timer] of this.#timers) {
      if (this.#pools.has(name)) continue;
      timer.cancel();
      this.#timers.delete(name);
      this.#failures.delete(name);
    }
    for (const name of this.#pools.keys()) {
      if (!this.#timers.has(name) && !this.#asking.has(name)) this.#schedule(name, 0);
    }
  }

  /** Asks no more; a call under way ends by itself, and nothing is learnt of it. */
  [Symbol.dispose](): void {
    this.#over = true;
    this.configure([]);
  }

  #schedule(name: string, delayMs: number): void {
    this.#timers.set(name, this.#parts.runtime.after(delayMs, () => void this.#round(name)));
  }

  async #round(name: string): Promise<void> {
    this.#timers.delete(name);
    const pool = this.#pools.get(name);
    if (pool === undefined) return;
    this.#asking.add(name);
    const answer = await this.#ask(pool);
    const isWanted = !this.#over && this.#pools.has(name);
    // Only then no more under way: what is learnt may configure anew.
    const nextMs = isWanted ? this.#learn(name, answer) : 0;
    this.#asking.delete(name);
    if (isWanted && this.#pools.has(name)) this.#schedule(name, nextMs);
  }

  /** The first answer of a few endpoints, the well ones first; undefined where no endpoint can be asked. */
  async #ask({ candidates, rules }: DiscoveringPool): Promise<ModelAnswer | undefined> {
    const { runtime, caller, providerOf, isWell } = this.#parts;
    const tells = candidates.filter(({ endpoint }) => providerOf(endpoint.provider).discovery !== undefined);
    const from = Math.floor(runtime.random() * tells.length);
    const turned = [...tells.slice(from), ...tells.slice(0, from)];
    const well = turned.filter(isWell);
    const order = well.length > 0 ? well : turned;
    let answer: ModelAnswer | undefined;
    for (const { endpoint } of order.slice(0, MAX_TRIES)) {
      const { upstream, apiVersion } = endpoint;
      answer = await fetchModels({
        ...{ caller, runtime, upstream, rules },
        ...(apiVersion === undefined ? {} : { apiVersion }),
        provider: providerOf(endpoint.provider),
        // A pool that passes its callers' keys on has none of its own: many vendors tell their models to anybody.
        key: typeof endpoint.key === "object" ? endpoint.key.secret : undefined,
        edit: (headers) => editOwnHeaders(headers, endpoint, runtime.now()),
        link: endpoint.link,
      });
      if ("models" in answer) break;
    }
    return answer;
  }

  /** Takes an answer in; how long until the next, in milliseconds. */
  #learn(name: string, answer: ModelAnswer | undefined): number {
    const { observer, runtime, state, changed } = this.#parts;
    if (answer !== undefined && "models" in answer) {
      this.#failures.delete(name);
      observer.count("model_lists", { pool: name, result: "ok" });
      const before = this.#lists.get(name);
      this.#lists.set(name, answer.models);
      saveList(state, name, answer.models);
      if (before === undefined || toldBy(before) !== toldBy(answer.models)) {
        this.#log.info(`Pool ${name} has ${answer.models.length} models`);
        changed(name);
      }
      return EVERY_MS * (0.9 + 0.2 * runtime.random());
    }
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    observer.count("model_lists", { pool: name, result: "failed" });
    const { class: what, reason } = answer?.outcome ?? { class: "unreachable", reason: "no_endpoint" };
    const stays = this.#lists.has(name) ? "the last list stays" : "it offers no model";
    this.#log.warn(`The models of pool ${name} could not be asked for; ${stays}`, { outcome: what, reason });
    return Math.min(EVERY_MS, RETRY_MS * 2 ** (failures - 1)) * (0.9 + 0.2 * runtime.random());
  }
}

/** All of a list that is offered, as text to compare. */
function toldBy(models: readonly DiscoveredModel[]): string {
  return JSON.stringify(
    models.map(({ id, contextWindow, maxOutputTokens }) => [id, contextWindow, maxOutputTokens]),
  );
}
