/** Why an endpoint may not be used, gravest first; the words of the log, the records and the console. */
export const MARK_STATES = ["disabled", "invalid", "cooldown", "ejected"] as const;

/**
 * One of {@link MARK_STATES}: a person switched it off; the vendor refuses the key; the upstream told us to
 * wait; our own judgement.
 */
export type MarkState = (typeof MARK_STATES)[number];

/** One mark in force. */
export interface Mark {
  readonly state: MarkState;
  /** What it stands on: a key, quota group, upstream or model-on-key. */
  readonly scope: string;
  /** A closed word of an outcome, or a person's note. */
  readonly reason: string;
  /** Wall clock when it was set. */
  readonly sinceMs: number;
  /** Monotonic clock when it stops excluding; `Infinity` until a person lifts it. For `invalid`: when a trial is due. */
  readonly endMs: number;
  /** A cooldown after the upstream refused the key or the model, not for a limit. */
  readonly refused?: true;
  /** The wait is over and one request is under way that finds out whether it works again. */
  readonly trial?: true;
}

/** The name under which one model on one endpoint is marked. */
export function modelScope(endpointId: string, model: string): string {
  return `${endpointId}/${model}`;
}

/** Reason of an upstream's ejection that was set because it refused keys by the crowd. */
export const KEYS_REFUSED = "keys_refused";
