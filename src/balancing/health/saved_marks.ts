import type { Runtime } from "../../core/runtime.ts";
import { INVALID_KEPT_MS, INVALID_TRIAL_CAP_MS, INVALID_TRIAL_MS, MAX_COOLDOWN_MS } from "./limits.ts";
import { type Mark, MARK_STATES, type MarkState } from "./mark.ts";
import type { ScopeState } from "./scope_state.ts";

/** One mark as it lies in the store: all times are the wall clock's, since the monotonic one dies with the process. */
interface SavedMark {
  readonly state: MarkState;
  readonly reason: string;
  readonly sinceMs: number;
  readonly refused?: true;
  /** Null: until a person lifts it. */
  readonly untilMs: number | null;
}

/** What the store keeps of one scope. */
export interface SavedScope {
  readonly marks: readonly SavedMark[];
  readonly trialIntervalMs: number;
}

/** The saved form and how long it is worth keeping (undefined: for good); undefined when no mark stands. */
export function saveScope(
  state: ScopeState,
  runtime: Runtime,
): { value: SavedScope; ttlMs: number | undefined } | undefined {
  const nowMs = runtime.monotonic();
  const marks: SavedMark[] = [];
  let ttlMs = 0;
  for (const name of MARK_STATES) {
    const mark = state[name];
    if (mark === undefined || (name !== "invalid" && nowMs >= mark.endMs)) continue;
    const untilMs = mark.endMs === Infinity ? null : Math.round(runtime.now() + mark.endMs - nowMs);
    marks.push({
      state: name,
      reason: mark.reason,
      sinceMs: mark.sinceMs,
      untilMs,
      ...(mark.refused ? { refused: true } : {}),
    });
    ttlMs = Math.max(ttlMs, name === "invalid" ? INVALID_KEPT_MS : mark.endMs - nowMs);
  }
  if (marks.length === 0) return undefined;
  return {
    value: { marks, trialIntervalMs: state.trialIntervalMs },
    ttlMs: ttlMs === Infinity ? undefined : ttlMs,
  };
}

/** What {@link readScope} makes of a saved scope. */
export interface RestoredScope {
  readonly marks: readonly Mark[];
  readonly trialIntervalMs: number;
}

/**
 * Reads a saved scope; what is malformed or over is left out. No restored time is believed beyond its bound: a
 * backup put back, or a clock that was wrong when it was written, must not keep a key out for years.
 */
export function readScope(scope: string, value: unknown, runtime: Runtime): RestoredScope {
  const marks: Mark[] = [];
  if (!isRecord(value) || !Array.isArray(value.marks)) return { marks, trialIntervalMs: INVALID_TRIAL_MS };
  for (const saved of value.marks.slice(0, MARK_STATES.length)) {
    const mark = readMark(scope, saved, runtime);
    if (mark !== undefined) marks.push(mark);
  }
  const interval = typeof value.trialIntervalMs === "number" ? value.trialIntervalMs : INVALID_TRIAL_MS;
  return { marks, trialIntervalMs: clamp(interval, INVALID_TRIAL_MS, INVALID_TRIAL_CAP_MS) };
}

function readMark(scope: string, saved: unknown, runtime: Runtime): Mark | undefined {
  if (!isRecord(saved)) return undefined;
  const { reason, sinceMs, untilMs } = saved;
  const state = MARK_STATES.find((name) => name === saved.state);
  if (state === undefined || typeof reason !== "string" || typeof sinceMs !== "number") return undefined;
  if (state === "disabled") return { state, scope, reason, sinceMs, endMs: Infinity };
  if (typeof untilMs !== "number") return undefined;
  const leftMs = untilMs - runtime.now();
  if (leftMs <= 0 && state !== "invalid") return undefined;
  const boundMs = state === "invalid" ? INVALID_TRIAL_CAP_MS : MAX_COOLDOWN_MS;
  const refused = saved.refused === true ? { refused: true as const } : {};
  return {
    state,
    scope,
    reason,
    sinceMs,
    endMs: runtime.monotonic() + clamp(leftMs, 0, boundMs),
    ...refused,
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
