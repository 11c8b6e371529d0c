import { PeakEwma } from "../core/time/ewma.ts";
import type { Outcome } from "../core/outcome.ts";
import { MinuteRates } from "./minute_rates.ts";
import type { Mark } from "./health/mark.ts";

/** Memory of the time to the first content, in milliseconds: Finagle's and linkerd's decay. */
const LATENCY_DECAY_MS = 10_000;

/**
 * What a failure counts as in the average of the time to the first content, in milliseconds. Its own time must
 * not count: a refusal is quick, and the quickest endpoint would be the one that refuses.
 */
const FAILURE_LATENCY_MS = 10_000;

/** Least trust: enough traffic is left to see a recovery. */
const LEAST_TRUST = 1 / 16;

/** What a success gives back. */
const TRUST_STEP = 1 / 16;

/** Share of its weight that an endpoint begins a slow start with (Envoy's `min_weight_percent`). */
const FIRST_WARMTH = 0.1;

/** What is measured of an endpoint; shared by every generation of the config through the endpoint's id. */
export class EndpointLoad {
  /** What goes out to it each minute. */
  readonly rates = new MinuteRates();
  /** Undefined until something is known: of many thousand endpoints most never stream, nor fail. */
  #firstContent: PeakEwma | undefined;
  #inFlight = 0;
  #started = 0;
  #trust = 1;
  #isOut = false;
  #warmSinceMs: number | undefined;

  /** `newAtMs` (monotonic): it is new to a gateway that runs already, so it begins with a slow start. */
  constructor(newAtMs?: number) {
    this.#warmSinceMs = newAtMs;
  }

  /** Attempts begun and not yet ended, to the last byte. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Attempts begun since the process started. */
  get started(): number {
    return this.#started;
  }

  /** Share of its weight (1/16 to 1) that its own failures have left it: halved by each, given back step by step. */
  get trust(): number {
    return this.#trust;
  }

  /** Average time to the first content in milliseconds, 0 while nothing is known; failures count as long ones. */
  latencyMs(nowMs: number): number {
    return this.#firstContent?.read(nowMs) ?? 0;
  }

  /** Whether no attempt has come to a first content or a failure yet. */
  get isUnknown(): boolean {
    return this.#firstContent === undefined;
  }

  /** An attempt begins. */
  begin(): void {
    this.#inFlight++;
    this.#started++;
  }

  /** An attempt's first content came after `latencyMs`. */
  content(latencyMs: number, nowMs: number): void {
    this.#observe(latencyMs, nowMs);
  }

  /** An attempt ended. Failures of the endpoint's own cost trust; a client's mistake says nothing of it. */
  end(outcome: Outcome, nowMs: number): void {
    this.#inFlight--;
    switch (outcome.class) {
      case "ok":
        this.#trust = Math.min(1, this.#trust + TRUST_STEP);
        return;
      case "broken":
      case "overloaded":
      case "unreachable":
      case "rate_limited":
        this.#trust = Math.max(LEAST_TRUST, this.#trust / 2);
        this.#observe(FAILURE_LATENCY_MS, nowMs);
    }
  }

  /** What health says of it now. One that comes back from an ejection, an invalid key or a person's hand starts slowly. */
  seen(mark: Mark | undefined, nowMs: number): void {
    if (mark === undefined) {
      if (this.#isOut) this.#warmSinceMs = nowMs;
      this.#isOut = false;
    } else if (mark.state !== "cooldown") this.#isOut = true;
  }

  /** Share of its weight (0.1 to 1) that a slow start of `slowStartMs` leaves it at `nowMs`: grows evenly. */
  warmth(nowMs: number, slowStartMs: number): number {
    if (this.#warmSinceMs === undefined) return 1;
    const past = (nowMs - this.#warmSinceMs) / slowStartMs;
    // A slow start of no length divides by zero: not a number, or endless, and either way over.
    return past < 1 ? FIRST_WARMTH + (1 - FIRST_WARMTH) * Math.max(0, past) : 1;
  }

  #observe(latencyMs: number, nowMs: number): void {
    (this.#firstContent ??= new PeakEwma(LATENCY_DECAY_MS)).observe(latencyMs, nowMs);
  }
}
