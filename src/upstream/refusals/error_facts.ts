/** What an error body says, as far as tables ask for it. */
export interface ErrorFacts {
  /** Machine-readable codes, types and reasons, lower case, the most special first. */
  readonly codes: readonly string[];
  /** The message as it came; of a body that is not JSON, its text. */
  readonly message: string;
  /** The message in lower case. */
  readonly text: string;
  /** An HTTP status that the body names itself, as errors inside a stream do. */
  readonly status: number | undefined;
  /** How long the body says to wait, in milliseconds, in a member made for it. */
  readonly retryMs: number | undefined;
  /** Whether there is an error at all: a body may have an empty or null `error` member. */
  readonly present: boolean;
}

/** Most bytes of a body that are read; vendors' errors are under 2 KB. */
export const MAX_ERROR_BYTES = 64 * 1024;

/** Most characters of a message that are kept for comparing. */
const MAX_TEXT_LENGTH = 4_096;

/** Most codes taken out of one body. */
const MAX_CODES = 16;

/**
 * What Google's quota ids say by a part of their name (`GenerateRequestsPerDayPerProjectPerModel-FreeTier`), as codes
 * of our own for error tables: its message and status are the same for all of them. The first that fits counts.
 */
const QUOTA_CODES: readonly (readonly [RegExp, string])[] = [
  [/perday.*permodel/, "quota_per_model_day"],
  [/perday/, "quota_per_day"],
  [/perminute/, "quota_per_minute"],
];

/** Most violated quotas of one error that are looked at. */
const MAX_VIOLATIONS = 32;

/**
 * Reads the error envelopes of the OpenAI family and its relatives: `{error:{message,type,code}}`, the flat
 * event `{type:"error",code,message}`, `{error:"text"}`, `{detail}`, `{message,code}`, `[{error}]`, a failed
 * response's `response.error`, Google's `details[].reason` and `violations[].quotaId`. Lenient: what it does not find is left out.
 */
export function errorFacts(body: Uint8Array): ErrorFacts {
  const text = new TextDecoder().decode(body.subarray(0, MAX_ERROR_BYTES));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return factsOf({ message: text, codes: [], status: undefined, retryMs: undefined, present: false });
  }
  if (Array.isArray(value)) value = value[0];
  const outer = record(value);
  const error = errorOf(outer);
  const messages = [error["message"], error["msg"], outer["detail"], outer["message"], outer["error"]];
  const message = messages.find((each): each is string => typeof each === "string" && each !== "");
  const codes = codesOf(error, outer);
  return factsOf({
    message: message ?? "",
    codes,
    status: [error["code"], error["status"], error["http_code"]].find(isErrorStatus),
    retryMs: retryDelay(error),
    present: message !== undefined || codes.some((code) => code !== "error"),
  });
}

function factsOf(facts: Omit<ErrorFacts, "text">): ErrorFacts {
  const message = facts.message.slice(0, MAX_TEXT_LENGTH);
  return { ...facts, message, text: message.toLowerCase() };
}

function errorOf(outer: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const holder of [outer["error"], record(outer["response"])["error"]]) {
    if (typeof holder === "object" && holder !== null) return record(holder);
  }
  return outer;
}

function codesOf(
  error: Readonly<Record<string, unknown>>,
  outer: Readonly<Record<string, unknown>>,
): string[] {
  const nested = list(error["details"]).map((detail) => record(detail)["reason"]);
  const found = [
    record(error["details"])["error_code"],
    violatedQuota(error),
    ...nested,
    record(error["innererror"])["code"],
    error["code"],
    error["reason"],
    error["type"],
    error["status"],
    error === outer ? undefined : outer["type"],
  ];
  const codes: string[] = [];
  for (const each of found) {
    if (typeof each !== "string" || each === "" || codes.length >= MAX_CODES) continue;
    codes.push(each.slice(0, 128).toLowerCase());
  }
  return codes;
}

/** The longest of the quotas that Google's `QuotaFailure` names, as one of {@link QUOTA_CODES}. */
function violatedQuota(error: Readonly<Record<string, unknown>>): string | undefined {
  const ids = list(error["details"]).flatMap((detail) => list(record(detail)["violations"]))
    .slice(0, MAX_VIOLATIONS).map((violation) => record(violation)["quotaId"])
    .filter((id): id is string => typeof id === "string").map((id) => id.slice(0, 256).toLowerCase());
  return QUOTA_CODES.find(([part]) => ids.some((id) => part.test(id)))?.[1];
}

/** Google's `RetryInfo`: `{"retryDelay":"46s"}`. */
function retryDelay(error: Readonly<Record<string, unknown>>): number | undefined {
  for (const detail of list(error["details"])) {
    const delay = record(detail)["retryDelay"];
    if (typeof delay === "string" && /^\d+(?:\.\d+)?s$/.test(delay)) return parseFloat(delay) * 1000;
  }
  return undefined;
}

function isErrorStatus(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 400 && value <= 599;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  // JSON.parse made it: a plain object with string keys.
  return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
