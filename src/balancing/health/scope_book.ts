import type { Runtime } from "../../core/runtime.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import type { Endpoint } from "../endpoint.ts";
import { BROKEN_EJECTION_CAP_MS, MAX_SCOPES } from "./limits.ts";
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
  /** Monotonic; see {@link Mark.endMs}. */
  readonly endMs: number;
}

/** All scopes of which anything is known, by name, kept in memory and saved behind. Judges nothing. */
export class ScopeBook {
  readonly #runtime: Runtime;
  readonly #saved: WriteBehind;
  readonly #scopes = new Map<string, ScopeState>();
  /**
   * How many scopes are named after an endpoint, by its id: most endpoints have none, and asking here spares
   * building a model-on-key name for every candidate of every request.
   */
  readonly #namedAfter = new Map<string, number>();

  constructor(runtime: Runtime, saved: WriteBehind) {
    this.#runtime = runtime;
    this.#saved = saved;
  }

  /** The gravest mark that excludes the endpoint for the model at `nowMs`. */
  exclusion(endpoint: Endpoint, model: string | undefined, nowMs: number): Mark | undefined {
    if (this.#scopes.size === 0) return undefined;
    const { key, group, upstream } = endpoint.scopes;
    let worst = this.#scopes.get(key)?.standing(nowMs);
    if (group !== key) worst = graver(worst, this.#scopes.get(group)?.standing(nowMs));
    worst = graver(worst, this.#scopes.get(upstream)?.standing(nowMs));
    if (!this.#namedAfter.has(endpoint.id)) return worst;
    worst = graver(worst, this.#scopes.get(endpoint.id)?.standing(nowMs));
    if (model === undefined) return worst;
    return graver(worst, this.#scopes.get(modelScope(endpoint.id, model))?.standing(nowMs));
  }

  /** What is known of a scope, if anything. */
  find(scope: string): ScopeState | undefined {
    return this.#scopes.get(scope);
  }

  /** What is known of a scope; begun when nothing was. */
  open(scope: string): ScopeState {
    const found = this.#scopes.get(scope);
    if (found !== undefined) return found;
    if (this.#scopes.size >= MAX_SCOPES) this.#makeRoom();
    const state = new ScopeState();
    this.#scopes.set(scope, state);
    const owner = ownerOf(scope);
    this.#namedAfter.set(owner, (this.#namedAfter.get(owner) ?? 0) + 1);
    return state;
  }

  /** Sets a mark, or lengthens the one of its state that stands; never shortens. True when none stood before. */
  mark({ scope, state, reason, endMs }: NewMark): boolean {
    const known = this.open(scope);
    const standing = known[state];
    const isNew = standing === undefined || this.#runtime.monotonic() >= standing.endMs;
    if (!isNew && endMs <= standing.endMs) return false;
    known[state] = isNew
      ? { state, scope, reason, sinceMs: this.#runtime.now(), endMs }
      : { ...standing, endMs };
    this.#save(scope, known);
    return isNew;
  }

  /** Sets when an invalid key is due for its next trial, sooner or later than it was. */
  moveTrial(scope: string, endMs: number): void {
    const known = this.#scopes.get(scope);
    if (known?.invalid === undefined) return;
    known.invalid = { ...known.invalid, endMs };
    this.#save(scope, known);
  }

  /** Takes a mark off; true when it was there. */
  lift(scope: string, state: MarkState): boolean {
    const known = this.#scopes.get(scope);
    if (known?.[state] === undefined) return false;
    known[state] = undefined;
    this.#save(scope, known);
    return true;
  }

  /** A success: nothing is in a row any more, and a scope of which nothing is left to know is forgotten. */
  settle(scope: string): void {
    const known = this.#scopes.get(scope);
    if (known === undefined) return;
    known.resetCounts();
    if (known.isSpent(this.#runtime.monotonic(), BROKEN_EJECTION_CAP_MS)) this.#forget(scope);
  }

  /** Whether nothing is known of any scope. */
  get isBlank(): boolean {
    return this.#scopes.size === 0;
  }

  /** Every mark in force; an invalid key's also while its trial is due. */
  *marks(): IterableIterator<Mark> {
    const nowMs = this.#runtime.monotonic();
    for (const known of this.#scopes.values()) {
      for (const state of MARK_STATES) {
        const mark = known[state];
        if (mark !== undefined && (state === "invalid" || nowMs < mark.endMs)) yield mark;
      }
    }
  }

  /** Reads back what was saved; what was learnt meanwhile and lasts longer stays. Resolves to the number of scopes. Rejects when the store does. */
  async restore(): Promise<number> {
    let count = 0;
    for await (const { key, value } of this.#saved.store.list(STORE_PREFIX)) {
      const scope = key[STORE_PREFIX.length];
      if (scope === undefined || count >= MAX_SCOPES) continue;
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
    if (!this.#scopes.delete(scope)) return;
    const owner = ownerOf(scope);
    const left = (this.#namedAfter.get(owner) ?? 1) - 1;
    if (left > 0) this.#namedAfter.set(owner, left);
    else this.#namedAfter.delete(owner);
  }

  /** Forgets one of the scopes known longest; one that a person switched off only when all looked at are. */
  #makeRoom(): void {
    let looks = 0;
    let oldest: string | undefined;
    for (const [scope, known] of this.#scopes) {
      oldest ??= scope;
      if (known.disabled === undefined) return this.#forget(scope);
      if (++looks >= EVICTION_LOOKS) break;
    }
    if (oldest !== undefined) this.#forget(oldest);
  }
}

/** The endpoint id that a scope is named after, where it is: all before the first slash. */
function ownerOf(scope: string): string {
  const slash = scope.indexOf("/");
  return slash < 0 ? scope : scope.slice(0, slash);
}
