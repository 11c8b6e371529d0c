import type { Runtime, Timer } from "../core/runtime.ts";

/** How long each stage of an attempt may take, in milliseconds; each at least 1. */
export interface DeadlinePolicy {
  /** From the start until a connection took the request. */
  readonly connectMs: number;
  /** From there, or from the last piece of a streamed request body, to the answer's head. */
  readonly headersMs: number;
  /** From the head of an event stream to its first content. */
  readonly firstContentMs: number;
  /** Between two pieces of the answer's body. */
  readonly idleMs: number;
  /** For the whole attempt; undefined: without end. */
  readonly totalMs: number | undefined;
}

/** The stage that took too long. */
export type DeadlineStage = "connect" | "headers" | "first_content" | "idle" | "total";

/**
 * Watches the stages of one attempt. One timer of the wheel per attempt: bytes only note the time, and the
 * timer sets itself anew when it finds that its stage is not over yet.
 */
export class Deadlines {
  readonly #runtime: Runtime;
  readonly #policy: DeadlinePolicy;
  readonly #expired: (stage: DeadlineStage) => void;
  readonly #totalDueMs: number;
  #stage: Exclude<DeadlineStage, "total"> = "connect";
  #sinceMs: number;
  #held = false;
  #timer: Timer | undefined;

  /** Starts at once with the connect stage. `expired` is called at most once, never after {@link stop}. */
  constructor(runtime: Runtime, policy: DeadlinePolicy, expired: (stage: DeadlineStage) => void) {
    this.#runtime = runtime;
    this.#policy = policy;
    this.#expired = expired;
    this.#sinceMs = runtime.monotonic();
    this.#totalDueMs = policy.totalMs === undefined ? Infinity : this.#sinceMs + policy.totalMs;
    this.#arm();
  }

  /** Goes on to a later stage, whose time begins now. */
  enter(stage: "headers" | "first_content" | "idle"): void {
    if (this.#timer === undefined) return;
    this.#stage = stage;
    this.#sinceMs = this.#runtime.monotonic();
    this.#timer.cancel();
    this.#arm();
  }

  /** Something arrived or left: the time of `headers` and `idle` begins anew; that of the others does not. */
  touch(): void {
    if (this.#stage === "idle" || this.#stage === "headers") this.#sinceMs = this.#runtime.monotonic();
  }

  /** We stopped reading ourselves, so silence is not the upstream's: only the total counts until {@link release}. */
  hold(): void {
    this.#held = true;
  }

  /** Reading again: the stage's time begins anew. */
  release(): void {
    this.#held = false;
    this.#sinceMs = this.#runtime.monotonic();
  }

  /** The attempt is over. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #stageMs(): number {
    switch (this.#stage) {
      case "connect":
        return this.#policy.connectMs;
      case "headers":
        return this.#policy.headersMs;
      case "first_content":
        return this.#policy.firstContentMs;
      case "idle":
        return this.#policy.idleMs;
    }
  }

  #arm(): void {
    const nowMs = this.#runtime.monotonic();
    // While held, a stage's length from now is as good a time to look again as any.
    const stageDueMs = (this.#held ? nowMs : this.#sinceMs) + this.#stageMs();
    const delayMs = Math.min(stageDueMs, this.#totalDueMs) - nowMs;
    this.#timer = this.#runtime.after(Math.min(Math.max(delayMs, 0), MAX_DELAY_MS), () => this.#look());
  }

  #look(): void {
    const nowMs = this.#runtime.monotonic();
    const stage = nowMs >= this.#totalDueMs
      ? "total"
      : !this.#held && nowMs >= this.#sinceMs + this.#stageMs()
      ? this.#stage
      : undefined;
    if (stage === undefined) return this.#arm();
    this.#timer = undefined;
    this.#expired(stage);
  }
}

/** The longest delay a timer takes ({@link Runtime.after}). */
const MAX_DELAY_MS = 2 ** 31 - 1;
