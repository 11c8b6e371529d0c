import type { Runtime } from "../../core/runtime.ts";
import { FileShelf } from "./file_shelf.ts";
import { RateLimit } from "./rate_limit.ts";
import type { SimulatedScript } from "./script.ts";

/** What one vendor did since it was first asked. */
export interface VendorCounts {
  /** Requests begun. */
  requests: number;
  /** Answers sent whole. */
  answered: number;
  /** Requests refused over the rate limit. */
  limited: number;
  /** Requests failed by `errorRate`. */
  failed: number;
  /** Answers cut in the middle by `cut`. */
  cut: number;
  /** Requests begun and not yet over. */
  inFlight: number;
}

/** One simulated vendor at work: its script, and what it remembers. */
export class Vendor {
  readonly script: SimulatedScript;
  /** Absent where the script sets no limit. */
  readonly limit: RateLimit | undefined;
  readonly files = new FileShelf();
  readonly counts: VendorCounts = { requests: 0, answered: 0, limited: 0, failed: 0, cut: 0, inFlight: 0 };
  /** A number in [0, 1): by the script's seed, else the runtime's. */
  readonly random: () => number;

  constructor(script: SimulatedScript, runtime: Runtime) {
    this.script = script;
    this.limit = script.rateLimit === undefined ? undefined : new RateLimit(script.rateLimit);
    this.random = script.seed === undefined ? () => runtime.random() : mulberry32(script.seed);
  }
}

/** Tommy Ettinger's mulberry32: a repeatable stream of numbers in [0, 1) from a 32-bit seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}
