import type * as z from "zod";
import type { Registered } from "../../core/registry.ts";
import type { Candidate } from "../endpoint.ts";
import type { QuotaView } from "../quota/quota_view.ts";

/** Most candidates that are looked at for one request in a tier too large to look at all. */
export const MAX_LOOKS = 32;

/** A candidate that may be used now. */
export interface Contender {
  /** Its place in the tier's list. */
  readonly slot: number;
  readonly candidate: Candidate;
  /** Above 0: the candidate's weight, by what is known of its limits, failures and slow start. */
  readonly weight: number;
}

/** What choosing may look at beside the candidates. */
export interface PickContext {
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** The model the client asked for; a candidate's own goes before it. */
  readonly model: string | undefined;
  readonly quota: QuotaView;
  /** What belongs together for consistent hashing; undefined: nothing does. */
  readonly hashKey: string | undefined;
  readonly tierLoad: TierLoad;
}

/** Attempts under way that this tier began. */
export interface TierLoad {
  /** By slot. */
  readonly bySlot: Int32Array;
  readonly total: number;
}

/** A strategy at work where everyone is looked at: small tiers, and large ones when a quick look finds nobody. */
export interface Picker {
  /**
   * Chooses among all that may be used. Changes nothing, so that explaining never turns a rotation. Undefined
   * only for an empty list.
   */
  pick(eligible: readonly Contender[], context: PickContext): Contender | undefined;
  /** The pick was taken, out of `eligible`: turn the rotation. */
  started(chosen: Contender, eligible: readonly Contender[], nowMs: number): void;
}

/** A strategy at work in a tier too large to look at everyone. Every call is O(log n) or less in the tier's size. */
export interface Seeker {
  /** The slot is in the running with this weight (above 0); again, to change the weight. */
  join(slot: number, weight: number): void;
  /** The slot is out of the running. */
  leave(slot: number): void;
  /**
   * Chooses a slot for which `usable` holds; −1 when it holds for none of at most {@link MAX_LOOKS}. Changes
   * nothing.
   */
  seek(usable: (slot: number) => boolean, context: PickContext): number;
  /** The slot was taken, and those `passed` were looked at before it and could not serve: turn the rotation. */
  started(slot: number, passed: readonly number[]): void;
}

/** A strategy with its options. */
export interface Choosing {
  /** A fresh picker. */
  picker(): Picker;
  /**
   * A fresh seeker; nobody is in the running yet. `slots`: those of the candidates that ever can be. `phase`
   * (0 up to 1): where a rotation begins, so that many short-lived ones do not all begin with the same candidate.
   */
  seeker(candidates: readonly Candidate[], slots: readonly number[], phase: number): Seeker;
}

/** A way to choose. A new one is one file here and one line in `mod.ts`. */
export interface Strategy extends Registered {
  /** The literal name in config; equal to the file's name. */
  readonly type: string;
  /** One sentence for the config schema and the docs. */
  readonly summary: string;
  /** Its own members beside `strategy` in config, each optional or with a default. */
  readonly options: Readonly<Record<string, z.ZodType>>;
  /** Puts it to work; `options` are as its schema accepts them. Throws `ZodError` when they are not. */
  create(options: unknown): Choosing;
}
