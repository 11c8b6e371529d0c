import type { Runtime } from "../../core/runtime.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import type { Endpoint } from "../endpoint.ts";
import { EJECTION_MEMORY_MS, MAX_MODEL_SCOPES, MAX_SCOPES } from "./limits.ts";
import { type Mark, MARK_STATES, type MarkState, modelScope } from "./mark.ts";
import { readScope, saveScope } from "./saved_marks.ts";
import { graver, ScopeState } from "./scope_state.ts";

/** Where marks lie in the store, each under its scope's name. `v1` is the shape of `saved_marks.ts`. */
const STORE_PREFIX = ["v1", "health"];

/** How many scopes are looked at to find one that may make room. */
const EVICTION_LOOKS = 100;

/** A mark to be set. */
export interface NewMark {
  readonly scope: string;
  readonly state: MarkState;
  readonly reason: string;
  /** See {@link Mark.refused}. */
  readonly refused?: true;
  /** Monotonic; see {@link Mark.endMs}. */
  readonly endMs: number;
}

/** All scopes of which anything is known, by name, kept in memory and saved behind. Judges nothing. */
export class ScopeBook {
  readonly #runtime: Runtime;
  readonly #saved: WriteBehind;
  readonly #wholes = new Map<string, ScopeState>();
  /** Apart from the others: their number is the clients' choice and must not push out what is known of a key. */
  readonly #models = new Map<string, ScopeState>();
  /**
   * The same scopes by the two parts of their names: an endpoint's own marks are found with one look, and
   * without building a model-on-key name for every candidate of every request.
   */
  readonly #byOwner = new Map<string, Map<string, ScopeState>>();
  #reliefs = 0;

  constructor(runtime: Runtime, saved: WriteBehind) {
    this.#runtime = runtime;
    this.#saved = saved;
  }

  /** The gravest mark that excludes the endpoint for the model at `nowMs`. */
  exclusion(endpoint: Endpoint, model: string | undefined, nowMs: number): Mark | undefined {
    if (this.isBlank) return undefined;
    const { key, group, upstream } = endpoint.scopes;
    let worst = this.#standing(key, nowMs);
    if (group !== key) worst = graver(worst, this.#standing(group, nowMs));
    worst = graver(worst, this.#standing(upstream, nowMs));
    const owned = this.#byOwner.get(endpoint.id);
    if (owned === undefined) return worst;
    worst = graver(worst, owned.get(WHOLE)?.standing(nowMs));
    return model === undefined ? worst : graver(worst, owned.get(model)?.standing(nowMs));
  }

  #standing(scope: string, nowMs: number): Mark | undefined {
    return this.#wholes.get(scope)?.standing(nowMs);
  }

  /** What is known of a scope, if anything. */
  find(scope: string): ScopeState | undefined {
    return this.#wholes.get(scope) ?? this.#models.get(scope);
  }

  /** What is known of a scope; begun when nothing was. */
  open(scope: string): ScopeState {
    const found = this.find(scope);
    if (found !== undefined) return found;
    const [owner, part] = partsOf(scope);
    const peers = part === WHOLE ? this.#wholes : this.#models;
    if (this.#isFull(part)) this.#makeRoom(peers);
    const state = new ScopeState();
    peers.set(scope, state);
    const owned = this.#byOwner.get(owner);
    if (owned === undefined) this.#byOwner.set(owner, new Map([[part, state]]));
    else owned.set(part, state);
    return state;
  }

  /** Sets a mark, or lengthens the one of its state that stands; never shortens. True when none stood before. */
  mark({ scope, state, reason, endMs, refused }: NewMark): boolean {
    const known = this.open(scope);
    const standing = known[state];
    const isNew = standing === undefined || this.#runtime.monotonic() >= standing.endMs;
    if (!isNew && endMs <= standing.endMs) return false;
    known[state] = isNew
      ? { state, scope, reason, sinceMs: this.#runtime.now(), endMs, ...(refused ? { refused } : {}) }
      : { ...standing, endMs };
    this.#save(scope, known);
    return isNew;
  }

  /** Sets when a mark stops excluding, sooner or later than it was; for a key or an upstream, when its trial is due. */
  moveEnd(scope: string, state: "invalid" | "ejected", endMs: number): void {
    this.#move(scope, state, (mark) => ({ ...untried(mark), endMs }));
  }

  /** A trial of what is marked begins: nobody else may use it until it ends, at the latest at `endMs`. */
  beginTrial(scope: string, state: "invalid" | "ejected", endMs: number): void {
    this.#move(scope, state, (mark) => ({ ...mark, endMs, trial: true }));
  }

  #move(scope: string, state: "invalid" | "ejected", moved: (mark: Mark) => Mark): void {
    const known = this.find(scope);
    const mark = known?.[state];
    if (known === undefined || mark === undefined) return;
    const after = moved(mark);
    if (after.endMs < mark.endMs) this.#reliefs++;
    known[state] = after;
    this.#save(scope, known);
  }

  /** Takes a mark off; true when it was there. */
  lift(scope: string, state: MarkState): boolean {
    const known = this.find(scope);
    if (known?.[state] === undefined) return false;
    known[state] = undefined;
    this.#reliefs++;
    this.#save(scope, known);
    return true;
  }

  /** A success: nothing is in a row any more, and a scope of which nothing is left to know is forgotten. */
  settle(scope: string): void {
    const known = this.find(scope);
    if (known === undefined) return;
    known.resetCounts();
    if (known.isSpent(this.#runtime.monotonic(), EJECTION_MEMORY_MS)) this.#forget(scope);
  }

  /** The scopes of single models that are known of an endpoint. */
  modelScopesOf(endpointId: string): string[] {
    const models = [...this.#byOwner.get(endpointId)?.keys() ?? []];
    return models.filter((model) => model !== WHOLE).map((model) => modelScope(endpointId, model));
  }

  /** See {@link HealthView.reliefs}. */
  get reliefs(): number {
    return this.#reliefs;
  }

  /** Whether nothing is known of any scope. */
  get isBlank(): boolean {
    return this.#wholes.size === 0 && this.#models.size === 0;
  }

  /** The marks of these scopes: those in force, and of keys and upstreams those that wait for their trial. */
  marksOf(scopes: Iterable<string>): Mark[] {
    if (this.isBlank) return [];
    const nowMs = this.#runtime.monotonic();
    return [...scopes].flatMap((scope) => {
      const known = this.find(scope);
      return MARK_STATES.flatMap((state) => {
        const mark = known?.[state];
        const waits = state === "invalid" || state === "ejected";
        return mark === undefined || (nowMs >= mark.endMs && !waits) ? [] : [mark];
      });
    });
  }

  /** Every mark in force; an invalid key's also while its trial is due. */
  *marks(): IterableIterator<Mark> {
    const nowMs = this.#runtime.monotonic();
    for (const scopes of [this.#wholes, this.#models]) {
      for (const known of scopes.values()) {
        for (const state of MARK_STATES) {
          const mark = known[state];
          if (mark !== undefined && (state === "invalid" || nowMs < mark.endMs)) yield mark;
        }
      }
    }
  }

  /** Reads back what was saved; what was learnt meanwhile and lasts longer stays. Resolves to the number of scopes. Rejects when the store does. */
  async restore(): Promise<number> {
    let count = 0;
    for await (const { key, value } of this.#saved.store.list(STORE_PREFIX)) {
      const scope = key[STORE_PREFIX.length];
      if (scope === undefined || this.#isFull(partsOf(scope)[1])) continue;
      const { marks, trialIntervalMs } = readScope(scope, value, this.#runtime);
      if (marks.length === 0) continue;
      const known = this.open(scope);
      known.trialIntervalMs = Math.max(known.trialIntervalMs, trialIntervalMs);
      for (const mark of marks) {
        const standing = known[mark.state];
        if (standing === undefined || standing.endMs < mark.endMs) known[mark.state] = mark;
      }
      count++;
    }
    return count;
  }

  #save(scope: string, known: ScopeState): void {
    const saved = saveScope(known, this.#runtime);
    if (saved === undefined) this.#saved.delete([...STORE_PREFIX, scope]);
    else this.#saved.set([...STORE_PREFIX, scope], saved.value, saved.ttlMs);
  }

  #forget(scope: string): void {
    const [owner, part] = partsOf(scope);
    if (!(part === WHOLE ? this.#wholes : this.#models).delete(scope)) return;
    const owned = this.#byOwner.get(owner);
    owned?.delete(part);
    if (owned?.size === 0) this.#byOwner.delete(owner);
  }

  #isFull(part: string): boolean {
    return part === WHOLE ? this.#wholes.size >= MAX_SCOPES : this.#models.size >= MAX_MODEL_SCOPES;
  }

  /** Forgets one of the scopes known longest; one that a person switched off only when all looked at are. */
  #makeRoom(scopes: ReadonlyMap<string, ScopeState>): void {
    this.#reliefs++;
    let looks = 0;
    let evicted: string | undefined;
    for (const [scope, known] of scopes) {
      evicted ??= scope;
      if (known.disabled === undefined) {
        evicted = scope;
        break;
      }
      if (++looks >= EVICTION_LOOKS) break;
    }
    if (evicted === undefined) return;
    this.#forget(evicted);
    // Else the store would grow by what memory has no room for, and a restart would bring it back.
    this.#saved.delete([...STORE_PREFIX, evicted]);
  }
}

function untried({ trial: _trial, ...mark }: Mark): Mark {
  return mark;
}

/** Stands for the missing second part of a name without a slash; no model is named so. */
const WHOLE = "";

/** What a scope is named after and the rest: `modelScope` joins endpoint id and model with the first slash. */
function partsOf(scope: string): [owner: string, part: string] {
  const slash = scope.indexOf("/");
  return slash < 0 ? [scope, WHOLE] : [scope.slice(0, slash), scope.slice(slash + 1)];
}
