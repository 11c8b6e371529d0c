/** How callers stay with an endpoint. */
export interface AffinityPolicy {
  /** What makes two requests belong together. */
  readonly by: "ip";
  /** How long an assignment lasts, in milliseconds. */
  readonly ttlMs: number;
  /** True: every use starts the time anew. False: it counts from the first assignment. */
  readonly sliding: boolean;
}
