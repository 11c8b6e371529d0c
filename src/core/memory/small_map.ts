/**
 * A map that mostly holds one entry, or none: that one lies in the map itself, and a `Map`, whose first table alone takes
 * 150 bytes, is made for the second. For what there are many thousands of.
 */
export class SmallMap<K, V> {
  #size = 0;
  #key: K | undefined;
  #value: V | undefined;
  /** Holds all of them, from the second on until it is emptied. */
  #all: Map<K, V> | undefined;

  /** How many there are. */
  get size(): number {
    return this.#all?.size ?? this.#size;
  }

  /** The value of a key; undefined where it has none. */
  get(key: K): V | undefined {
    if (this.#all !== undefined) return this.#all.get(key);
    return this.#size === 1 && this.#key === key ? this.#value : undefined;
  }

  /** Whether the key has a value. */
  has(key: K): boolean {
    return this.#all?.has(key) ?? (this.#size === 1 && this.#key === key);
  }

  /** Gives a key its value. */
  set(key: K, value: V): void {
    if (this.#all === undefined && (this.#size === 0 || this.#key === key)) {
      this.#key = key;
      this.#value = value;
      this.#size = 1;
      return;
    }
    this.#all ??= new Map(this);
    this.#all.set(key, value);
    this.#key = this.#value = undefined;
  }

  /** Takes a key out; harmless where it has no value. */
  delete(key: K): void {
    if (this.#all !== undefined) this.#all.delete(key);
    else if (this.has(key)) this.clear();
  }

  /** Takes all out. */
  clear(): void {
    this.#size = 0;
    this.#key = this.#value = undefined;
    this.#all = undefined;
  }

  /** Keys with their values, in the order in which they came. */
  *[Symbol.iterator](): IterableIterator<[K, V]> {
    if (this.#all !== undefined) yield* this.#all;
    // Where the size is 1 both are what `set` was given.
    else if (this.#size === 1) yield [this.#key as K, this.#value as V];
  }

  /** The keys, in the order in which they came. */
  *keys(): IterableIterator<K> {
    for (const [key] of this) yield key;
  }

  /** The values, in the order of their keys. */
  *values(): IterableIterator<V> {
    for (const [, value] of this) yield value;
  }
}
