import type { Runtime, Timer } from "../../src/core/runtime.ts";

/** A {@link Runtime} turned by hand. */
export type FakeRuntime = Runtime & {
  /** Moves both clocks on by `ms` and runs what falls due, in order of its time; each call sees its own due time as now. */
  advance(ms: number): void;
};

interface Pending extends Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Most calls that one {@link FakeRuntime.advance} runs; more means a timer that sets itself anew with no delay. */
const MAX_RUNS = 100_000;

/** Wall clock of a fresh fake runtime: 2026-01-01T00:00:00Z. */
const START_MS = 1_767_225_600_000;

/**
 * A runtime whose clocks stand still until told, whose numbers follow from `seed` (default 1) and whose ids
 * count up from `…000000000001`. `nowMs` is the wall clock's start; the monotonic clock starts at 1,000.
 */
export function fakeRuntime(options: { nowMs?: number; seed?: number } = {}): FakeRuntime {
  let wallMs = options.nowMs ?? START_MS;
  let monotonicMs = 1_000;
  let order = 0;
  let ids = 0;
  const random = seededRandom(options.seed ?? 1);
  const pending = new Set<Pending>();

  const nextDue = (untilMs: number): Pending | undefined => {
    let next: Pending | undefined;
    for (const timer of pending) {
      if (timer.dueMs > untilMs) continue;
      const sooner = next === undefined || timer.dueMs < next.dueMs ||
        (timer.dueMs === next.dueMs && timer.order < next.order);
      if (sooner) next = timer;
    }
    return next;
  };
  const moveTo = (targetMs: number) => {
    wallMs += targetMs - monotonicMs;
    monotonicMs = targetMs;
  };

  return {
    now: () => wallMs,
    monotonic: () => monotonicMs,
    random,
    randomBytes: (sizeBytes) => Uint8Array.from({ length: sizeBytes }, () => Math.floor(random() * 256)),
    newId: () => `00000000-0000-7000-8000-${(++ids).toString(16).padStart(12, "0")}`,
    after(delayMs, run) {
      const timer: Pending = {
        dueMs: monotonicMs + Math.max(0, delayMs),
        order: order++,
        run,
        cancel: () => void pending.delete(timer),
      };
      pending.add(timer);
      return timer;
    },
    advance(ms) {
      const untilMs = monotonicMs + ms;
      for (let runs = 0;; runs++) {
        const timer = nextDue(untilMs);
        if (timer === undefined) break;
        if (runs >= MAX_RUNS) {
          throw new Error(`advance(${ms}) ran ${MAX_RUNS} timers: one sets itself anew at once`);
        }
        pending.delete(timer);
        moveTo(Math.max(monotonicMs, timer.dueMs));
        timer.run();
      }
      moveTo(untilMs);
    },
  };
}

/** The mulberry32 generator: numbers in [0, 1) that follow from `seed`; small, and good enough for tests. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
