import type { Candidate } from "../endpoint.ts";
import {
  type Choosing,
  type Contender,
  MAX_LOOKS,
  type PickContext,
  type Picker,
  type Seeker,
} from "../strategies/strategy.ts";
import { WeightTree } from "./weight_tree.ts";

/** Draws one that may be used, in proportion to weight; undefined when none was found. */
export type Draw = () => Contender | undefined;

/** Draws again for one that is not among those drawn before, so often at most. */
const REDRAWS = 3;

/** A strategy that chooses among a few draws, the same way in small tiers and in large ones. */
export function byDraws(choose: (draw: Draw, context: PickContext) => Contender | undefined): Choosing {
  return {
    picker: (): Picker => ({
      pick: (eligible, context) => choose(() => drawFrom(eligible, context.random), context),
      started() {},
    }),
    seeker: (candidates) => new DrawSeeker(candidates, choose),
  };
}

/** Up to `count` different contenders, as they were drawn. */
export function drawSome(draw: Draw, count: number): Contender[] {
  const drawn: Contender[] = [];
  for (let tries = 0; drawn.length < count && tries < count + REDRAWS; tries++) {
    const one = draw();
    if (one === undefined) break;
    if (drawn.every((other) => other.slot !== one.slot)) drawn.push(one);
  }
  return drawn;
}

/** The contender in whose stretch of the weights a draw falls; undefined only for an empty list. */
function drawFrom(eligible: readonly Contender[], random: () => number): Contender | undefined {
  let total = 0;
  for (const { weight } of eligible) total += weight;
  let left = random() * total;
  for (const contender of eligible) {
    left -= contender.weight;
    if (left < 0) return contender;
  }
  // Rounding may leave a rest of some 1e-16 after the last subtraction.
  return eligible.at(-1);
}

class DrawSeeker implements Seeker {
  readonly #candidates: readonly Candidate[];
  readonly #choose: (draw: Draw, context: PickContext) => Contender | undefined;
  readonly #tree: WeightTree;

  constructor(
    candidates: readonly Candidate[],
    choose: (draw: Draw, context: PickContext) => Contender | undefined,
  ) {
    this.#candidates = candidates;
    this.#choose = choose;
    this.#tree = new WeightTree(candidates.length);
  }

  join(slot: number, weight: number): void {
    this.#tree.set(slot, weight);
  }

  leave(slot: number): void {
    this.#tree.set(slot, 0);
  }

  seek(usable: (slot: number) => boolean, context: PickContext): number {
    let looks = 0;
    const draw = () => {
      while (looks++ < MAX_LOOKS) {
        const slot = this.#tree.find(context.random());
        const candidate = this.#candidates[slot];
        if (candidate === undefined) return undefined;
        if (usable(slot)) return { slot, candidate, weight: this.#tree.weightOf(slot) };
      }
      return undefined;
    };
    return this.#choose(draw, context)?.slot ?? -1;
  }

  started(): void {}
}
