/**
 * What an attempt came to. An upstream's answer is classified once (`upstream/classify.ts`); retry, health,
 * the client's answer and the record are all decided from the class, never from the status again.
 * The table of classes, with what each marks, is `docs/design.md` §7.
 * @module
 */

/** Every class an attempt can end in. */
export const OUTCOME_CLASSES = [
  "ok",
  "client_fault",
  "too_long",
  "capability",
  "foreign_state",
  "key_invalid",
  "quota_spent",
  "rate_limited",
  "model_missing",
  "not_permitted",
  "overloaded",
  "broken",
  "unreachable",
  "client_gone",
] as const;

/** One of {@link OUTCOME_CLASSES}. */
export type OutcomeClass = (typeof OUTCOME_CLASSES)[number];

/** What balancing learns of one attempt. */
export interface Outcome {
  readonly class: OutcomeClass;
  /** A short, closed word for what was seen (`refused`, `http_429`, `stalled`, `truncated`, `invalid_json`, …). Never upstream text. */
  readonly reason: string;
  /** HTTP status of the upstream's answer; absent when there was none. */
  readonly status?: number;
  /** The upstream's own machine-readable error code, at most 64 characters of `[A-Za-z0-9_.-]`. */
  readonly code?: string;
  /** How long the upstream asked us to stay away, in milliseconds, unbounded as told. */
  readonly cooldownMs?: number;
  /** True when the vendor said explicitly that the credential is bad or may not do this, so that one sight is enough. */
  readonly explicit?: boolean;
  /** True when the upstream surely never saw the request, so that trying elsewhere costs nobody anything. */
  readonly free?: boolean;
}

/** Whether another endpoint may be tried after this class, before content has reached the client. */
export function mayTryElsewhere(outcome: Outcome): boolean {
  switch (outcome.class) {
    case "ok":
    case "client_fault":
    case "too_long":
    case "foreign_state":
    case "client_gone":
      return false;
    case "capability":
    case "key_invalid":
    case "quota_spent":
    case "rate_limited":
    case "model_missing":
    case "not_permitted":
    case "overloaded":
    case "broken":
    case "unreachable":
      return true;
  }
}
