/**
 * Weights by slot, such that a slot is drawn in proportion to its weight in O(log n), and any weight is changed
 * as fast. Sums are added up anew on the way to the root, so rounding never piles up.
 */
export class WeightTree {
  /** Power of two, at least the number of slots: where the leaves begin. */
  readonly #leaves: number;
  /** The root at 1, the children of `i` at 2i and 2i + 1. */
  readonly #sums: Float64Array;

  /** Slots from 0 to `size` − 1, all of weight 0. */
  constructor(size: number) {
    let leaves = 1;
    while (leaves < size) leaves *= 2;
    this.#leaves = leaves;
    this.#sums = new Float64Array(2 * leaves);
  }

  /** The sum of all weights. */
  get total(): number {
    return this.#sums[1] ?? 0;
  }

  /** The slot's weight. */
  weightOf(slot: number): number {
    return this.#sums[this.#leaves + slot] ?? 0;
  }

  /** Sets the slot's weight, 0 or more. */
  set(slot: number, weight: number): void {
    let node = this.#leaves + slot;
    this.#sums[node] = weight;
    for (node >>= 1; node >= 1; node >>= 1) this.#sums[node] = this.#sum(2 * node) + this.#sum(2 * node + 1);
  }

  /** The slot in whose stretch of the weights `draw` (0 up to 1) falls; −1 when all weights are 0. */
  find(draw: number): number {
    if (!(this.total > 0)) return -1;
    let left = draw * this.total;
    let node = 1;
    while (node < this.#leaves) {
      node *= 2;
      const first = this.#sum(node);
      // Rounding may carry a draw past the last weight: never walk into a half that holds none.
      if (left >= first && this.#sum(node + 1) > 0) {
        left -= first;
        node++;
      }
    }
    return node - this.#leaves;
  }

  #sum(node: number): number {
    return this.#sums[node] ?? 0;
  }
}
