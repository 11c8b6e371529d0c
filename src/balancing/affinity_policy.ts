/** What can make two requests belong together. */
export const AFFINITY_KINDS = ["ip", "tenant", "header", "session", "prefix"] as const;

/** One of {@link AFFINITY_KINDS}. */
export type AffinityKind = (typeof AFFINITY_KINDS)[number];

/** How callers stay with an endpoint. */
export interface AffinityPolicy {
  /**
   * `ip`: the client's address; `tenant`: the tenant alone; `header`: the value of {@link header}; `session`: the
   * fields by which clients name their sessions; `prefix`: the opening of the conversation.
   */
  readonly by: AffinityKind;
  /** Lower-case name of the request field, where `by` is `header`. */
  readonly header?: string;
  /** How long an assignment lasts, in milliseconds. */
  readonly ttlMs: number;
  /** True: every use starts the time anew. False: it counts from the first assignment. */
  readonly sliding: boolean;
}

/**
 * Where no config says otherwise: a vendor's prompt cache keeps a prompt for about five minutes after its last
 * use (OpenAI and Anthropic alike).
 */
export const DEFAULT_AFFINITY: AffinityPolicy = { by: "prefix", ttlMs: 300_000, sliding: true };

/** Whether uses start the time anew where config does not say: callers that are many in one are dealt out anew. */
export function slidesByDefault(by: AffinityKind): boolean {
  return by !== "ip" && by !== "tenant";
}

/** How long an assignment holds and where it is kept; see {@link AffinityPolicy}. */
export interface AssignmentTerms {
  readonly ttlMs: number;
  readonly sliding: boolean;
  /** It outlives the process. */
  readonly lasting: boolean;
}

/** The terms of a policy. The openings of conversations are too many to be saved, and matter for minutes only. */
export function termsOf({ by, ttlMs, sliding }: AffinityPolicy): AssignmentTerms {
  return { ttlMs, sliding, lasting: by !== "prefix" };
}
