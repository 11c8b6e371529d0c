import type { Candidate } from "../endpoint.ts";
import { MAX_LOOKS, type Seeker } from "../strategies/strategy.ts";
import { KeyedHeap } from "./keyed_heap.ts";

/** The golden section: its multiples, cut to their fractions, spread evenly whatever their number. */
const GOLDEN = 0.6180339887498949;

/** How a {@link TurnQueue} differs from plain weighted turns. */
export interface TurnRules {
  /** Weights are ignored. */
  readonly even?: boolean;
  /** Smaller ranks first: the next rank is asked only when nobody of those before it can serve. Whole numbers. */
  readonly rankOf?: (candidate: Candidate) => number;
}

/**
 * Weighted turns for large tiers: earliest deadline first (Envoy's scheduler), where a slot's deadlines are
 * 1/weight apart. Whoever is first and cannot serve a request loses that turn: kept for it, the turns of those
 * that are out for some requests would pile up at the head of the queue, and each request would look at them all.
 */
export class TurnQueue implements Seeker {
  readonly #heap: KeyedHeap;
  readonly #weights: Float64Array;
  readonly #ranks: Int32Array | undefined;
  readonly #isEven: boolean;
  readonly #phase: number;
  /** The deadline that is up, by rank. */
  readonly #now = new Map<number, number>();

  /** `phase`: as `Choosing.seeker` has it. */
  constructor(candidates: readonly Candidate[], phase: number, { rankOf, even }: TurnRules = {}) {
    this.#ranks = rankOf && Int32Array.from(candidates, rankOf);
    this.#heap = new KeyedHeap(candidates.length, this.#ranks);
    this.#weights = new Float64Array(candidates.length);
    this.#isEven = even === true;
    this.#phase = phase;
  }

  join(slot: number, weight: number): void {
    const share = this.#isEven ? 1 : weight;
    const before = this.#weights[slot] ?? 0;
    if (share === before && this.#heap.has(slot)) return;
    this.#weights[slot] = share;
    const now = this.#nowOf(slot);
    if (before === 0) {
      // Somewhere in its first period, not at its end: else those of one weight would all come in config order.
      this.#heap.set(slot, now + ((slot * GOLDEN + this.#phase) % 1) / share);
    } else {
      // What is left of its period shrinks or grows with the period; a turn missed while away is not made up for.
      const left = Math.max(0, this.#heap.keyOf(slot) - now) * before / share;
      this.#heap.set(slot, now + left);
    }
  }

  leave(slot: number): void {
    this.#heap.remove(slot);
  }

  seek(usable: (slot: number) => boolean): number {
    return this.#heap.find(usable, MAX_LOOKS);
  }

  started(slot: number, passed: readonly number[]): void {
    const { first } = this.#heap;
    if (first >= 0) this.#now.set(this.#rankOf(first), this.#heap.keyOf(first));
    for (const other of passed) this.#turn(other);
    this.#turn(slot);
  }

  #turn(slot: number): void {
    if (!this.#heap.has(slot)) return;
    this.#heap.set(slot, this.#heap.keyOf(slot) + 1 / (this.#weights[slot] ?? 1));
  }

  #nowOf(slot: number): number {
    return this.#now.get(this.#rankOf(slot)) ?? 0;
  }

  #rankOf(slot: number): number {
    return this.#ranks?.[slot] ?? 0;
  }
}
