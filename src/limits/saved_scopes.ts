import type { Runtime } from "../core/runtime.ts";
import type { WindowPart } from "../core/time/sliding_window.ts";
import type { WriteBehind } from "../stores/write_behind.ts";
import type { SavedBudget } from "./counts/budget_count.ts";
import type { SavedDay } from "./counts/day_count.ts";
import type { SavedMinute } from "./counts/minute_count.ts";
import type { SavedScope } from "./counts/scope_count.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Longest time that money spent is kept after its last change: a year and its month, as the ledger is. */
const LONGEST_KEPT_MS = 400 * DAY_MS;

/** Most parts of a window that are believed: as many as one has. */
const MAX_PARTS = 64;

const SCOPES = ["v1", "limits", "scope"];

/** Where the counts of limits outlive the process. */
export class SavedScopes {
  readonly #state: WriteBehind;
  readonly #runtime: Runtime;

  constructor(state: WriteBehind, runtime: Runtime) {
    this.#state = state;
    this.#runtime = runtime;
  }

  /** Keeps a scope's counts for as long as they count. */
  keep(name: string, saved: SavedScope): void {
    this.#state.set([...SCOPES, name], saved, keptMs(saved, this.#runtime.now()));
  }

  /** Counts from before the restart, by scope. Rejects when the store does. */
  async *all(): AsyncGenerator<readonly [string, SavedScope]> {
    for await (const { key, value } of this.#state.store.list(SCOPES)) {
      const name = key[SCOPES.length];
      if (name !== undefined) yield [name, readScope(value)];
    }
  }
}

/** How long the longest of the counts matters. */
function keptMs({ requests, tokens, bytes, dayRequests, dayTokens, budget }: SavedScope, nowMs: number) {
  const owing = [tokens, bytes, dayTokens].some((count) => (count?.debt ?? 0) > 0);
  const days = [dayRequests, dayTokens].flatMap((day) => day === undefined ? [] : [day.endMs - nowMs]);
  const ends = [requests ?? tokens ?? bytes ? 2 * MINUTE_MS : 0, owing ? DAY_MS : 0, ...days];
  if (budget !== undefined) {
    // The period's own end is in the value; a rolling one is over with its last part.
    ends.push(budget.endMs === null ? LONGEST_KEPT_MS : budget.endMs - nowMs);
  }
  return Math.min(LONGEST_KEPT_MS, Math.max(MINUTE_MS, ...ends));
}

/** What the store holds may be of another version, or damaged: what cannot be read is left out. */
function readScope(value: unknown): SavedScope {
  return {
    requests: readMinute(memberOf(value, "requests")),
    tokens: readMinute(memberOf(value, "tokens")),
    bytes: readMinute(memberOf(value, "bytes")),
    dayRequests: readDay(memberOf(value, "dayRequests")),
    dayTokens: readDay(memberOf(value, "dayTokens")),
    budget: readBudget(memberOf(value, "budget")),
  };
}

function readMinute(value: unknown): SavedMinute | undefined {
  const debt = amountOf(memberOf(value, "debt"));
  return debt === undefined ? undefined : { parts: readParts(memberOf(value, "parts")), debt };
}

function readDay(value: unknown): SavedDay | undefined {
  const count = amountOf(memberOf(value, "count"));
  const debt = amountOf(memberOf(value, "debt"));
  const endMs = amountOf(memberOf(value, "endMs"));
  return count === undefined || debt === undefined || endMs === undefined
    ? undefined
    : { count, debt, endMs };
}

function readBudget(value: unknown): SavedBudget | undefined {
  const period = memberOf(value, "period");
  const spent = amountOf(memberOf(value, "spent"));
  const endMs = memberOf(value, "endMs") ?? null;
  if (typeof period !== "string" || spent === undefined) return undefined;
  if (endMs !== null && typeof endMs !== "number") return undefined;
  return { period, spent, endMs, parts: readParts(memberOf(value, "parts")) };
}

function readParts(value: unknown): WindowPart[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_PARTS).flatMap((part): WindowPart[] => {
    const [startMs, amount] = Array.isArray(part) ? part : [];
    return typeof startMs === "number" && Number.isFinite(startMs) && amountOf(amount) !== undefined
      ? [[startMs, amount]]
      : [];
  });
}

function amountOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
