/** How a pool finds out that what was marked works again: never, by one request of its traffic, or also by calls of our own. */
export type ProbePolicy = { readonly mode: "off" } | { readonly mode: "passive" } | ActiveProbe;

/** A call beside the traffic; it must cost nothing. */
export interface ActiveProbe {
  readonly mode: "active";
  readonly method: "GET" | "HEAD";
  /** Front path, such as `/v1/models`; begins with `/`. */
  readonly path: string;
  /** Inclusive ranges of statuses that say "it works". */
  readonly expect: readonly (readonly [number, number])[];
  /** From the end of one round to the next. */
  readonly everyMs: number;
  /** For a whole call. */
  readonly timeoutMs: number;
}
