import type { Why } from "../balancing/decide.ts";
import { type ErrorCode, type ErrorDetail, GatewayError } from "../core/errors.ts";
import type { Outcome, OutcomeClass } from "../core/outcome.ts";
import { isTimeout, type Refusal } from "./classify.ts";

/** One attempt that did not answer the client. */
export interface FailedAttempt {
  readonly outcome: Outcome;
  /** What the upstream said, where it can be passed on. */
  readonly refusal: Refusal | undefined;
  /** The attempt went out under the client's own credential, so a refused key is the client's to know. */
  readonly clientKey: boolean;
  /** It speaks another format than the client, so what it said must be put into the client's. */
  readonly translated: boolean;
}

/** What the client is told when nothing worked. */
export type Verdict =
  | { readonly kind: "refusal"; readonly refusal: Refusal; readonly from: FailedAttempt }
  | { readonly kind: "error"; readonly error: GatewayError };

/** The longest wait that a client is asked to sit out; past it, repeating is pointless. In milliseconds. */
const LONGEST_WAIT_MS = 60_000;

/** The wait told where the upstream names none, in milliseconds. */
const USUAL_WAIT_MS = 5_000;

/** Classes whose refusal tells the client something about its own request: passed on as they came. */
const CLIENTS_OWN: readonly OutcomeClass[] = ["client_fault", "too_long", "capability", "foreign_state"];

/** Classes that are about a credential. */
export const ABOUT_KEYS: readonly OutcomeClass[] = [
  "key_invalid",
  "not_permitted",
  "quota_spent",
  "rate_limited",
];

/**
 * Chooses the most useful of all that was learnt: what the client can mend, then what waiting mends, then what
 * is broken, and last what only the operator can mend. A refused upstream key is never the client's 401: it
 * would throw away a good key of its own. `why` is the last decision that found nobody.
 */
export function verdictOf(failures: readonly FailedAttempt[], why: Why | undefined, model: string): Verdict {
  for (const from of failures) {
    const { outcome, refusal, clientKey } = from;
    const own = CLIENTS_OWN.includes(outcome.class) || (clientKey && ABOUT_KEYS.includes(outcome.class));
    if (own && refusal !== undefined) return { kind: "refusal", refusal, from };
  }
  return { kind: "error", error: errorOf(failures.map(({ outcome }) => outcome), why, model) };
}

function errorOf(outcomes: readonly Outcome[], why: Why | undefined, model: string): GatewayError {
  const of = (wanted: OutcomeClass) => outcomes.filter((outcome) => outcome.class === wanted);
  const own = outcomes.find((outcome) => CLIENTS_OWN.includes(outcome.class));
  if (own?.reason === "unsendable") {
    return failure(
      "invalid_header",
      "The request has a header field or a path that cannot be sent on. Remove control characters from it.",
    );
  }
  if (own !== undefined) {
    return failure(
      "upstream_error",
      `The upstream refused the request (${
        own.code ?? own.reason
      }). Change the request; repeating it will not help.`,
      {
        shouldRetry: false,
      },
    );
  }
  const limited = of("rate_limited");
  if (limited.length > 0) return limitError(waitOf(limited, why), model);
  if (of("quota_spent").length > 0) {
    return failure(
      "insufficient_quota",
      `Every upstream account for '${model}' has used up its quota. Ask the operator to add credit or keys.`,
      {
        shouldRetry: false,
      },
    );
  }
  const overloaded = of("overloaded");
  if (overloaded.length > 0) {
    return failure("overloaded", `The upstreams for '${model}' are overloaded. Try again shortly.`, {
      retryAfterMs: Math.min(waitOf(overloaded, undefined), LONGEST_WAIT_MS),
    });
  }
  const broken = [...of("broken"), ...of("unreachable")];
  if (broken.length > 0) return brokenError(broken, model);
  if (of("model_missing").length > 0) {
    return failure(
      "model_not_found",
      `No upstream has the model '${model}'. Check its name, or ask the operator which models are served.`,
      {
        param: "model",
      },
    );
  }
  if (of("not_permitted").length > 0 || of("key_invalid").length > 0) {
    return failure(
      "upstream_auth",
      `The upstreams for '${model}' refused the gateway's own credentials. Ask the operator to check their keys; yours is not at fault.`,
      {
        shouldRetry: false,
      },
    );
  }
  return nobodyError(why, model);
}

/** The most telling of several breakages: a dead connection says less than an answer that was wrong. */
function brokenError(outcomes: readonly Outcome[], model: string): GatewayError {
  if (outcomes.some((outcome) => outcome.class === "broken" && isTimeout(outcome))) {
    return failure("upstream_timeout", `The upstreams for '${model}' did not answer in time. Try again.`);
  }
  const answered = outcomes.filter((outcome) => outcome.class === "broken");
  if (answered.length === 0) {
    return outcomes.some(isTimeout)
      ? failure(
        "upstream_timeout",
        `No upstream for '${model}' could be connected to in time. Try again shortly.`,
      )
      : failure(
        "upstream_unreachable",
        `No upstream for '${model}' can be reached. Try again shortly, or ask the operator.`,
      );
  }
  const malformed = ["invalid_json", "empty_answer", "html", "redirect", "bad_head", "not_a_stream"];
  return answered.every((outcome) => malformed.includes(outcome.reason))
    ? failure(
      "upstream_malformed",
      `The upstreams for '${model}' gave answers that are no API answers. Try again, or ask the operator to check their addresses.`,
    )
    : failure("upstream_error", `The upstreams for '${model}' failed to answer. Try again.`);
}

/** An overload in the words of a limit, for clients that repeat a 503 at once and wait after a 429. */
export function overloadAsLimit({ message, detail }: GatewayError): GatewayError {
  return failure("rate_limited", message, { ...detail, retryAfterMs: detail.retryAfterMs ?? USUAL_WAIT_MS });
}

/** The request's own deadline came first. */
export function deadlineError(): GatewayError {
  return failure(
    "deadline_exceeded",
    "The deadline that the request set has passed before an answer was there. Allow more time, or ask for less.",
    { shouldRetry: false },
  );
}

/** Nobody was even tried. */
function nobodyError(why: Why | undefined, model: string): GatewayError {
  if (why?.soonestMs !== undefined && why.refused) return restingError(why.soonestMs, model);
  if (why?.soonestMs !== undefined) return limitError(why.soonestMs, model);
  const { invalid = 0, disabled = 0 } = why?.excluded ?? {};
  if (invalid > 0) {
    return failure(
      "upstream_auth",
      `The upstreams for '${model}' refuse the gateway's own credentials. Ask the operator to check their keys; yours is not at fault.`,
      {
        shouldRetry: false,
      },
    );
  }
  const what = disabled > 0 ? "is switched on" : "can serve it";
  return failure(
    "no_endpoint",
    `No endpoint for '${model}' ${what} now. Ask the operator; the gateway's log and /readyz tell why.`,
  );
}

/** All that could serve rest, for another reason than a limit. */
function restingError(waitMs: number, model: string): GatewayError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return failure(
    "no_endpoint",
    `The upstreams for '${model}' rest after they refused the gateway's key or the model. They are asked again in ${seconds} s; ask the operator to check both.`,
    { retryAfterMs: waitMs, ...(waitMs > LONGEST_WAIT_MS ? { shouldRetry: false } : {}) },
  );
}

function limitError(waitMs: number, model: string): GatewayError {
  const long = waitMs > LONGEST_WAIT_MS;
  const when = long ? `after ${Math.ceil(waitMs / 1000)} seconds` : "shortly";
  return failure("rate_limited", `Every upstream for '${model}' is at its rate limit. Try again ${when}.`, {
    retryAfterMs: waitMs,
    ...(long ? { shouldRetry: false } : {}),
  });
}

/** The shortest wait that may help: what the last decision foresees, else what the upstreams said. */
function waitOf(outcomes: readonly Outcome[], why: Why | undefined): number {
  const waits = outcomes.map((outcome) => outcome.cooldownMs ?? USUAL_WAIT_MS);
  return why?.soonestMs ?? Math.min(...waits);
}

function failure(code: ErrorCode, message: string, detail: ErrorDetail = {}): GatewayError {
  return new GatewayError(code, message, detail);
}
