import { type ErrorCode, GatewayError } from "../core/errors.ts";
import { remainingMs } from "../core/time/remaining_ms.ts";
import type { LimitName, LimitShortage } from "./limit_policy.ts";

/** The longest wait that SDKs are asked to sit out, in milliseconds; past it they are told not to repeat. */
const LONGEST_WAIT_MS = 60_000;

/** How long a minute counts at most, its oldest second whole: still told as the longest wait. In milliseconds. */
const WHOLE_MINUTE_MS = 61_000;

/** How a refusal names what is limited. */
const UNITS: Readonly<Record<Exclude<LimitName, "budget">, string>> = {
  requestsPerMinute: "requests a minute",
  tokensPerMinute: "tokens a minute",
  bytesPerMinute: "bytes a minute",
  requestsPerDay: "requests a day",
  tokensPerDay: "tokens a day",
  concurrency: "requests at a time",
};

/** What a client is told whose request has no room in its own limits. `nowMs`: monotonic. */
export function limitError(short: LimitShortage, nowMs: number): GatewayError {
  const { scope, limit, untilMs } = short;
  const exactMs = remainingMs(untilMs, nowMs);
  const waitMs = exactMs <= WHOLE_MINUTE_MS ? Math.min(exactMs, LONGEST_WAIT_MS) : exactMs;
  const isLong = waitMs > LONGEST_WAIT_MS;
  const detail = {
    ...(waitMs < Infinity ? { retryAfterMs: waitMs } : {}),
    ...(isLong ? { shouldRetry: false } : {}),
  };
  if (short.isUnpriced === true) {
    return new GatewayError(
      "model_unpriced",
      "You have a budget, and nobody knows what this model costs. Ask for another model, or ask the operator to set its price.",
      { param: "model", shouldRetry: false },
    );
  }
  const whose = scope.of === "key" ? "your key's limit of" : "your limit of";
  const models = scope.model === undefined ? "" : ` for ${scope.model}`;
  if (limit === "budget") {
    const budget = `${scope.of === "key" ? "Your key's budget of" : "Your budget of"} ${
      dollars(scope.limits.budget?.usdMicros ?? 0)
    }${models}`;
    const rest = isLong
      ? "has no room for this request. Ask the operator to raise or reset it."
      : "is reserved by requests under way. Try again shortly.";
    return new GatewayError("budget_exceeded", `${budget} ${rest}`, detail);
  }
  const max = scope.limits[limit];
  const number = typeof max === "object" ? max.max : max;
  const code: ErrorCode = limit === "concurrency" ? "concurrency_limited" : "rate_limited";
  const text = `You have reached ${whose} ${number} ${UNITS[limit]}${models}.`;
  return new GatewayError(code, isLong ? text : `${text} Try again as retry-after says.`, detail);
}

/** `$20`, `$0.5`: whole millionths, never rounded away. */
function dollars(usdMicros: number): string {
  return `$${usdMicros / 1_000_000}`;
}
