import type { Registered } from "../../core/registry.ts";
import type { Candidate } from "../endpoint.ts";

/** What a picker may look at beside the candidates. */
export interface PickContext {
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** One strategy at work for one tier. */
export interface Picker {
  /**
   * Chooses among candidates that may be used (health, tried ones and weight 0 are already out). Changes
   * nothing, so that explaining never turns a rotation. Undefined only for an empty list.
   */
  pick(eligible: readonly Candidate[], context: PickContext): Candidate | undefined;
  /** The pick was taken, out of `eligible`: turn the rotation. */
  started(candidate: Candidate, eligible: readonly Candidate[]): void;
}

/** A way to choose. A new one is one file here and one line in `mod.ts`. */
export interface Strategy extends Registered {
  /** The literal name in config; equal to the file's name. */
  readonly type: string;
  /** One sentence for the config schema and the docs. */
  readonly summary: string;
  /** A fresh picker. */
  create(): Picker;
}
