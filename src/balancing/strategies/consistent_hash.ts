import type { Candidate } from "../endpoint.ts";
import { HashTree } from "../index/hash_tree.ts";
import { MAX_LOOKS, type PickContext, type Seeker, type Strategy } from "./strategy.ts";

/** How far over its even share of the requests under way one may be (bounded loads, c = 1.25). */
const BOUND = 1.25;

/** How many endpoints a key has of its own, in order; what all callers need of them is a few. */
const OWN_CHOICES = MAX_LOOKS / 2;

/**
 * What belongs together goes to the same endpoint, without remembering anything: gateways side by side agree, and
 * so does one that was started anew. Past whoever cannot serve or is over its share the key goes to its next, the
 * same for this key every time. What belongs to nothing is drawn at random.
 */
export const consistentHash: Strategy = {
  type: "consistent_hash",
  summary: "Sends what belongs together to the same endpoint, up to 1.25 times that one's even share",
  options: {},
  create: () => ({
    picker: () => ({
      pick(eligible, context) {
        const bySlot = new Map(eligible.map((contender) => [contender.slot, contender]));
        // Made of those that may be used alone, so that the first choice of each key is a usable one.
        const candidates: Candidate[] = [];
        for (const { slot, candidate } of eligible) candidates[slot] = candidate;
        const weights = new Map(eligible.map(({ slot, candidate }) => [slot, candidate.weight]));
        const total = eligible.reduce((sum, { candidate }) => sum + candidate.weight, 0);
        const slot = walk({ tree: new HashTree(candidates, bySlot.keys()), weights, total }, context);
        return bySlot.get(slot);
      },
      started() {},
    }),
    seeker: (candidates, slots) => new HashSeeker(candidates, slots),
  }),
};

/** Where keys go, and who takes part now. */
interface Ring {
  readonly tree: HashTree;
  /** As config has them, by slot: what learned limits do to a weight would move keys. */
  readonly weights: ReadonlyMap<number, number>;
  /** Their sum. */
  readonly total: number;
}

class HashSeeker implements Seeker, Ring {
  readonly tree: HashTree;
  readonly weights = new Map<number, number>();
  total = 0;
  readonly #candidates: readonly Candidate[];

  constructor(candidates: readonly Candidate[], slots: readonly number[]) {
    this.#candidates = candidates;
    this.tree = new HashTree(candidates, slots);
  }

  join(slot: number): void {
    if (this.weights.has(slot)) return;
    const weight = this.#candidates[slot]?.weight ?? 0;
    this.weights.set(slot, weight);
    this.total += weight;
  }

  leave(slot: number): void {
    this.total -= this.weights.get(slot) ?? 0;
    this.weights.delete(slot);
  }

  seek(usable: (slot: number) => boolean, context: PickContext): number {
    return walk(this, context, usable);
  }

  started(): void {}
}

/**
 * The key's first choice that is usable and within its bound. Past its own choices a key goes anywhere: one busy
 * caller may fill all of them. When all are over their bound, the one that is so least; −1 when nobody is usable.
 */
function walk(
  { tree, weights, total }: Ring,
  { hashKey, random, tierLoad }: PickContext,
  usable: (slot: number) => boolean = () => true,
): number {
  const seen = new Set<number>();
  let least = -1;
  let leastLoad = Infinity;
  for (let attempt = 0; attempt < MAX_LOOKS; attempt++) {
    const key = hashKey === undefined || attempt >= OWN_CHOICES ? String(random()) : hashKey;
    const slot = tree.slotFor(key, attempt);
    if (slot < 0) break;
    if (seen.has(slot)) continue;
    seen.add(slot);
    const weight = weights.get(slot);
    if (weight === undefined || !usable(slot)) continue;
    const load = tierLoad.bySlot[slot] ?? 0;
    if (load < Math.ceil(BOUND * (tierLoad.total + 1) * weight / total)) return slot;
    if (load / weight < leastLoad) {
      least = slot;
      leastLoad = load / weight;
    }
  }
  return least;
}
