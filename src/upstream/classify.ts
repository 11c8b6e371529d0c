import { type HeaderFields, headerValue } from "../core/exchange.ts";
import type { Outcome, OutcomeClass } from "../core/outcome.ts";
import type { ErrorRule } from "../providers/provider.ts";
import type { DeadlineStage } from "./deadlines.ts";
import { cooldownOf } from "./refusals/cooldown.ts";
import { type ErrorFacts, errorFacts } from "./refusals/error_facts.ts";
import { ERROR_TABLE, EVENT_TABLE, STATUS_TABLE } from "./refusals/error_table.ts";
import type { CallFailure, CallFailureKind } from "./transport/call_failure.ts";

/** An answer that is not a success. */
export interface Refusal {
  readonly status: number;
  readonly headers: HeaderFields;
  /** As much of the body as was read; the first 64 KB are looked at. */
  readonly body: Uint8Array;
}

/**
 * Classifies an upstream's answer with a status outside 2xx, or a 2xx answer that is a web page. Codes and
 * texts go before the status; the provider's own rows before the common table; a page and a redirect before
 * both, since they come from something that stands in front of the vendor. `nowMs` is the wall clock.
 */
export function classifyRefusal(refusal: Refusal, rules: readonly ErrorRule[], nowMs: number): Outcome {
  const { status, headers, body } = refusal;
  if (isPage(headers, body)) {
    // A page with 413 still means that the body is too large for something on the way.
    return status === 413 ? { class: "client_fault", reason: "http_413", status } : {
      class: "broken",
      reason: "html",
      status,
    };
  }
  if (status >= 300 && status <= 399) return { class: "broken", reason: "redirect", status };
  const facts = errorFacts(body);
  const rule = firstMatch(rules, STATUS_TABLE, facts, status);
  return outcome(rule, `http_${status}`, facts, status, cooldownOf(headers, facts, nowMs));
}

/**
 * Classifies an error inside a stream, or the `error` member of a 200; undefined when the data tells no error
 * after all. `reason` is the outcome's word for where it stood.
 */
export function classifyErrorData(
  data: Uint8Array,
  reason: "error_event" | "error_in_ok",
  rules: readonly ErrorRule[],
): Outcome | undefined {
  const facts = errorFacts(data);
  if (!facts.present) return undefined;
  const status = facts.status;
  const rule = firstMatch(rules, status === undefined ? EVENT_TABLE : STATUS_TABLE, facts, status);
  return outcome(rule, reason, facts, undefined, cooldownOf({}, facts, 0));
}

const FAILURE_CLASS: Readonly<Record<CallFailureKind, OutcomeClass>> = {
  "refused": "unreachable",
  "dns": "unreachable",
  "tls": "unreachable",
  "proxy": "unreachable",
  "connect_timeout": "unreachable",
  "unsendable": "client_fault",
  "request_body": "client_gone",
  "reset_before_head": "broken",
  "closed_before_head": "broken",
  "bad_head": "broken",
  "reset_in_body": "broken",
  "truncated": "broken",
  "bad_body": "broken",
  "aborted": "client_gone",
};

/** Classifies a call that failed below HTTP. */
export function classifyFailure(failure: CallFailure): Outcome {
  const free = failure.sent ? {} : { free: true };
  return { class: FAILURE_CLASS[failure.kind], reason: failure.kind, ...free };
}

const STAGE_REASON: Readonly<Record<DeadlineStage, string>> = {
  "connect": "connect_timeout",
  "headers": "headers_timeout",
  "first_content": "first_content_timeout",
  "idle": "stalled",
  "total": "total_timeout",
};

/** Classifies a stage that took too long; `sent` tells whether the upstream may have seen the request. */
export function classifyDeadline(stage: DeadlineStage, sent: boolean): Outcome {
  const reason = STAGE_REASON[stage];
  return sent ? { class: "broken", reason } : { class: "unreachable", reason, free: true };
}

/** Reasons that are about time: what the client is told then is a 504. */
export function isTimeout(outcome: Outcome): boolean {
  return outcome.reason === "stalled" || outcome.reason.endsWith("_timeout");
}

/** Statuses whose message may repeat what the client sent. */
const ECHOING = [400, 404, 413, 422];

/** Classes that mark nobody, so that a client gains nothing by making an upstream say their words. */
const HARMLESS: readonly OutcomeClass[] = ["client_fault", "too_long", "foreign_state", "capability"];

function firstMatch(
  own: readonly ErrorRule[],
  byStatus: readonly ErrorRule[],
  facts: ErrorFacts,
  status: number | undefined,
): ErrorRule | undefined {
  const echoes = status === undefined || ECHOING.includes(status);
  const holds = (rule: ErrorRule) => matches(rule, facts, status) && !(echoes && mayBeEcho(rule, facts));
  return own.find(holds) ?? ERROR_TABLE.find(holds) ?? byStatus.find(holds);
}

/** What may stand before a vendor's sentence. */
const OPENINGS = ["", "your ", "the ", "that ", "this ", "error: "];

/**
 * Whether the text that a row looks for may come from the client. A caller who gets "Invalid value: 'api key
 * expired'" said of its own parameter must not be able to shut out a key: there the vendor's sentence has to
 * stand at the message's beginning.
 */
function mayBeEcho(rule: ErrorRule, facts: ErrorFacts): boolean {
  const { text } = rule;
  if (text === undefined || HARMLESS.includes(rule.class)) return false;
  return !OPENINGS.some((opening) => facts.text.startsWith(opening + text));
}

function matches(rule: ErrorRule, facts: ErrorFacts, status: number | undefined): boolean {
  if (rule.status !== undefined) {
    // An error without a status (inside a stream) is not kept from a row by it: there the text alone must do.
    const [low, high] = typeof rule.status === "number" ? [rule.status, rule.status] : rule.status;
    const byStatusAlone = rule.code === undefined && rule.text === undefined;
    if (status === undefined ? byStatusAlone : status < low || status > high) return false;
  }
  if (rule.code !== undefined && !facts.codes.includes(rule.code)) return false;
  return rule.text === undefined || facts.text.includes(rule.text);
}

function outcome(
  rule: ErrorRule | undefined,
  reason: string,
  facts: ErrorFacts,
  status: number | undefined,
  cooldownMs: number | undefined,
): Outcome {
  const code = facts.codes.find((each) => /^[a-z0-9_.-]{1,64}$/.test(each));
  return {
    class: rule?.class ?? "broken",
    reason,
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(cooldownMs === undefined ? {} : { cooldownMs }),
    ...(rule?.explicit === true ? { explicit: true } : {}),
  };
}

/** Whether an answer is a web page: by its type, or by how it begins where the type does not say JSON. */
export function isPage(headers: HeaderFields, body: Uint8Array): boolean {
  const type = headerValue(headers, "content-type")?.toLowerCase() ?? "";
  if (type.startsWith("text/html") || type.startsWith("application/xhtml")) return true;
  if (type.includes("json")) return false;
  const start = new TextDecoder().decode(body.subarray(0, 256)).trimStart().toLowerCase();
  return start.startsWith("<!doctype html") || start.startsWith("<html");
}
