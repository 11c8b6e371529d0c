/** What can stand in one {@link LinkedRing} at a time. */
export class RingLink {
  /** Both undefined while it stands in none. */
  before: RingLink | undefined;
  after: RingLink | undefined;

  /** Whether it stands in one. */
  get isLinked(): boolean {
    return this.after !== undefined;
  }

  /** Takes it out of its ring; harmless where it stands in none. */
  unlink(): void {
    const { before, after } = this;
    if (before === undefined || after === undefined) return;
    before.after = after;
    after.before = before;
    // A link that is out must lead nowhere: see LinkedRing.
    this.before = this.after = undefined;
  }
}

/**
 * What is under way at the moment, in the order in which it came: for things that come and go with every request, in
 * place of a `Set`. A `Set` from which things are deleted makes itself a new table again and again, and each old one
 * leads to the next: once one of them has grown old, the collector of young garbage keeps all that follow it, and with
 * them every request that stood in them, until the whole heap is gone through.
 */
export class LinkedRing<T extends RingLink> {
  readonly #ends = new RingLink();

  constructor() {
    this.clear();
  }

  get isEmpty(): boolean {
    return this.#ends.after === this.#ends;
  }

  /** Puts it last; it must stand in no ring. */
  add(link: T): void {
    // Both ends lead somewhere at all times, at least to themselves.
    const last = this.#ends.before as RingLink;
    link.before = last;
    link.after = this.#ends;
    last.after = link;
    this.#ends.before = link;
  }

  /** Forgets all. */
  clear(): void {
    let link = this.#ends.after;
    while (link !== undefined && link !== this.#ends) {
      const next: RingLink | undefined = link.after;
      link.before = link.after = undefined;
      link = next;
    }
    this.#ends.before = this.#ends.after = this.#ends;
  }

  /** Those that stand in it, in order. Once the one that was told last is taken out, no more follow. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let link = this.#ends.after; link !== undefined && link !== this.#ends; link = link.after) {
      // Only `add` puts links in, and it takes no others.
      yield link as T;
    }
  }

  /** All that stand in it now, in order. */
  all(): T[] {
    return [...this];
  }
}
