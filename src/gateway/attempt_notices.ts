import type { ErrorCode } from "../core/errors.ts";
import type { Notices } from "../core/notices.ts";
import type { OutcomeClass } from "../core/outcome.ts";
import type { AttemptsResult } from "../upstream/attempts.ts";
import type { RoutePlan } from "./routing/route_table.ts";

/** Classes that are an upstream's own fault. */
const UPSTREAMS_FAULT: readonly OutcomeClass[] = ["broken", "overloaded", "unreachable"];

/** Classes that tell of the request: every other endpoint would have refused it too. */
const REQUESTS_OWN: readonly OutcomeClass[] = ["client_fault", "too_long", "capability", "foreign_state"];

/** What a client is told when no endpoint could answer: not when it could have done better itself, or has had enough. */
const NOBODYS_ANSWERS: readonly string[] = [
  "no_endpoint",
  "rate_limited",
  "insufficient_quota",
  "overloaded",
  "upstream_auth",
  "upstream_error",
  "upstream_malformed",
  "upstream_timeout",
  "upstream_unreachable",
] satisfies ErrorCode[];

/** Tells which attempts of a request failed by their upstreams' fault, and whether nobody could answer it. */
export function tellAttempts(notices: Notices, result: AttemptsResult, plan: RoutePlan): void {
  const { records, outcome: end, errorCode } = result;
  for (const { pool, upstream, outcome } of records) {
    if (!UPSTREAMS_FAULT.includes(outcome.class)) continue;
    const told = `${outcome.class}/${outcome.reason}`;
    notices.tell({ kind: "attempt_failed", pool, upstream, outcome: told });
  }
  const unanswered = end === "upstream_error" || end === "rejected";
  if (!unanswered || errorCode === null || !NOBODYS_ANSWERS.includes(errorCode)) return;
  if (records.some(({ outcome }) => REQUESTS_OWN.includes(outcome.class))) return;
  const pool = records[0]?.pool ?? plan.tiers[0]?.candidates[0]?.endpoint.pool;
  notices.tell({ kind: "request_unanswered", pool, code: errorCode, attempts: records.length });
}
