/** Something that may be worth waking a person for, told by whoever saw it. Closed words and names of the config only. */
export type Notice =
  /** An attempt failed by the fault of its upstream: broken, overloaded, unreachable, cut short. */
  | {
    readonly kind: "attempt_failed";
    readonly pool: string;
    readonly upstream: string;
    /** The outcome's class and reason: `broken/stalled`. */
    readonly outcome: string;
  }
  /** No endpoint could answer a request. */
  | {
    readonly kind: "request_unanswered";
    readonly pool: string | undefined;
    /** Stable code of what the client was told. */
    readonly code: string;
    readonly attempts: number;
  }
  /** The vendor refuses a key from now on, or its account has used up what it may. */
  | {
    readonly kind: "key_invalid" | "quota_spent";
    readonly pool: string;
    readonly upstream: string;
    /** Its name in the config, or its fingerprint; undefined where the pool has none. */
    readonly key: string | undefined;
    readonly reason: string;
  }
  /** Records cannot be written, or were dropped. */
  | { readonly kind: "records_failing"; readonly what: "unwritten" | "dropped" }
  /** A changed configuration cannot be used. `problems` holds places and rules, never a value of the config. */
  | { readonly kind: "config_refused"; readonly problems: readonly string[] };

/** Takes notices. Must not throw and must not block: it is called on the request path. */
export type NoticeTaker = (notice: Notice) => void;

/** Most takers of one {@link Notices}: each costs time on the request path. */
const MAX_TAKERS = 8;

/** Brings what one room saw to those who asked to hear of it, so that neither knows the other. */
export class Notices {
  readonly #takers = new Set<NoticeTaker>();

  /** Hears every notice from now on; the answer ends that. Throws `RangeError` when there are {@link MAX_TAKERS} already. */
  subscribe(taker: NoticeTaker): () => void {
    if (this.#takers.size >= MAX_TAKERS) {
      throw new RangeError(`Cannot subscribe: ${MAX_TAKERS} listen already`);
    }
    this.#takers.add(taker);
    return () => void this.#takers.delete(taker);
  }

  /** Tells everybody, in the order in which they subscribed. */
  tell(notice: Notice): void {
    for (const taker of this.#takers) taker(notice);
  }
}
