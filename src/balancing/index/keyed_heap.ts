/**
 * A binary heap of small whole numbers, each with a key: the smallest key first, of equal ones the smallest
 * number. Unlike a plain heap it can change and remove any of them. Setting and removing are O(log n).
 */
export class KeyedHeap {
  readonly #ranks: Int32Array | undefined;
  readonly #keys: Float64Array;
  /** Items in heap order. */
  readonly #heap: Int32Array;
  /** Where each item stands in the heap; −1: nowhere. */
  readonly #places: Int32Array;
  #size = 0;

  /** Holds numbers from 0 to `capacity` − 1. `ranks`, by number, go before keys: smaller first. */
  constructor(capacity: number, ranks?: Int32Array) {
    this.#ranks = ranks;
    this.#keys = new Float64Array(capacity);
    this.#heap = new Int32Array(capacity);
    this.#places = new Int32Array(capacity).fill(-1);
  }

  /** How many are in it. */
  get size(): number {
    return this.#size;
  }

  /** The first item; −1 when it is empty. */
  get first(): number {
    return this.#size === 0 ? -1 : this.#at(0);
  }

  /** Whether the item is in it. */
  has(item: number): boolean {
    return (this.#places[item] ?? -1) >= 0;
  }

  /** The key the item has, or had when it was last in; 0 when it never was. */
  keyOf(item: number): number {
    return this.#keys[item] ?? 0;
  }

  /** Puts the item in, or changes its key. */
  set(item: number, key: number): void {
    this.#keys[item] = key;
    let place = this.#places[item] ?? -1;
    if (place < 0) {
      place = this.#size++;
      this.#put(item, place);
    }
    this.#down(this.#up(place));
  }

  /** Takes the item out; harmless when it is not in. */
  remove(item: number): void {
    const place = this.#places[item] ?? -1;
    if (place < 0) return;
    this.#places[item] = -1;
    const last = this.#at(--this.#size);
    if (last === item) return;
    this.#put(last, place);
    this.#down(this.#up(place));
  }

  /** The first item, in order, that `accepts` takes out of at most `maxLooks`; −1 when it takes none. Changes nothing. */
  find(accepts: (item: number) => boolean, maxLooks: number): number {
    if (this.#size === 0) return -1;
    // Places whose parents were looked at: the next in order is among them, and they are few.
    const open = [0];
    for (let look = 0; look < maxLooks && open.length > 0; look++) {
      let least = 0;
      for (let i = 1; i < open.length; i++) {
        if (this.#isLess(this.#at(open[i] ?? 0), this.#at(open[least] ?? 0))) least = i;
      }
      const place = open[least] ?? 0;
      const item = this.#at(place);
      if (accepts(item)) return item;
      open.splice(least, 1);
      for (let child = 2 * place + 1; child <= 2 * place + 2 && child < this.#size; child++) open.push(child);
    }
    return -1;
  }

  #up(from: number): number {
    let place = from;
    const item = this.#at(place);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#at(parent);
      if (!this.#isLess(item, above)) break;
      this.#put(above, place);
      place = parent;
    }
    this.#put(item, place);
    return place;
  }

  #down(from: number): void {
    let place = from;
    const item = this.#at(place);
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#isLess(this.#at(child + 1), this.#at(child))) child++;
      const below = this.#at(child);
      if (!this.#isLess(below, item)) break;
      this.#put(below, place);
      place = child;
    }
    this.#put(item, place);
  }

  #isLess(one: number, other: number): boolean {
    if (this.#ranks !== undefined) {
      const difference = (this.#ranks[one] ?? 0) - (this.#ranks[other] ?? 0);
      if (difference !== 0) return difference < 0;
    }
    const difference = this.keyOf(one) - this.keyOf(other);
    return difference !== 0 ? difference < 0 : one < other;
  }

  #put(item: number, place: number): void {
    this.#heap[place] = item;
    this.#places[item] = place;
  }

  #at(place: number): number {
    return this.#heap[place] ?? 0;
  }
}
