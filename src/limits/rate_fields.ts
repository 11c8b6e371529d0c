import type { HeaderFields } from "../core/exchange.ts";
import { utcTime } from "../recording/lines/utc_time.ts";
import type { LimitStanding, Moment } from "./counts/scope_count.ts";

/** How limits are told, beside OpenAI's fields. */
export interface RateFieldStyle {
  /** The client speaks Anthropic's formats, whose SDKs know other names. */
  readonly anthropic: boolean;
  /** The three fields of AI Endpoint, for its clients. */
  readonly legacy: boolean;
}

const KINDS = [
  ["requests", ["requestsPerMinute", "requestsPerDay"]],
  ["tokens", ["tokensPerMinute", "tokensPerDay"]],
] as const;

/**
 * The fields that tell a client its limits: of all that hold, for requests and for tokens the one with the least left.
 * Names and values as OpenAI spells them (platform.openai.com, Rate limits, "Rate limits in headers"), and as
 * Anthropic does (docs.anthropic.com, Rate limits, "Response headers").
 */
export function rateFields(
  standings: readonly LimitStanding[],
  style: RateFieldStyle,
  { monotonicMs, wallMs }: Moment,
): HeaderFields {
  const fields: HeaderFields = {};
  for (const [kind, names] of KINDS) {
    const tightest = tightestOf(standings, names);
    if (tightest === undefined) continue;
    const { max, wholeMs } = tightest;
    const left = String(leftOf(tightest));
    const resetMs = Math.max(0, wholeMs - monotonicMs);
    fields[`x-ratelimit-limit-${kind}`] = String(max);
    fields[`x-ratelimit-remaining-${kind}`] = left;
    fields[`x-ratelimit-reset-${kind}`] = goDuration(resetMs);
    if (style.anthropic) {
      fields[`anthropic-ratelimit-${kind}-limit`] = String(max);
      fields[`anthropic-ratelimit-${kind}-remaining`] = left;
      fields[`anthropic-ratelimit-${kind}-reset`] = utcTime(wallMs + resetMs);
    }
    if (style.legacy && kind === "requests") {
      fields["x-ratelimit-limit"] = String(max);
      fields["x-ratelimit-remaining"] = left;
      fields["x-ratelimit-reset"] = String(Math.ceil((wallMs + resetMs) / 1_000));
    }
  }
  return fields;
}

function tightestOf(
  standings: readonly LimitStanding[],
  [minute, day]: readonly [string, string],
): LimitStanding | undefined {
  let found: LimitStanding | undefined;
  for (const one of standings) {
    if (one.limit !== minute && one.limit !== day) continue;
    if (found === undefined || leftOf(one) < leftOf(found)) found = one;
  }
  return found;
}

function leftOf({ max, used }: LimitStanding): number {
  return Math.max(0, Math.floor(max - used));
}

/** A duration as Go prints it, which is how OpenAI does: `6m0s`, `1h0m0s`, `1.5s`, `20ms`, `0s`. */
export function goDuration(durationMs: number): string {
  const ms = Math.ceil(durationMs);
  if (ms === 0) return "0s";
  if (ms < 1_000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${(ms % 60_000) / 1_000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
