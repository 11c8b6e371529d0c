import type { Notices } from "../core/notices.ts";
import type { OutcomeClass } from "../core/outcome.ts";
import type { AttemptsResult } from "../upstream/attempts.ts";
import type { RoutePlan } from "./routing/route_table.ts";

/** Classes that are an upstream's own fault. */
const UPSTREAMS_FAULT: readonly OutcomeClass[] = ["broken", "overloaded", "unreachable"];

/** Classes after which another endpoint would have refused the request too, or nobody was asked for an answer. */
const REQUESTS_OWN: readonly OutcomeClass[] = [
  "client_fault",
  "too_long",
  "capability",
  "foreign_state",
  "client_gone",
];

/** Tells which attempts of a request failed by their upstreams' fault, and whether nobody could answer it. */
export function tellAttempts(notices: Notices, result: AttemptsResult, plan: RoutePlan): void {
  const { records, error, why } = result;
  for (const { pool, upstream, outcome } of records) {
    if (!UPSTREAMS_FAULT.includes(outcome.class)) continue;
    const told = `${outcome.class}/${outcome.reason}`;
    notices.tell({ kind: "attempt_failed", pool, upstream, outcome: told });
  }
  // Without a decision the request failed by itself, before anybody was chosen.
  if (error === undefined || why === undefined || why.stopped === "deadline") return;
  if (records.some(({ outcome }) => REQUESTS_OWN.includes(outcome.class))) return;
  const pool = records[0]?.pool ?? plan.tiers[0]?.candidates[0]?.endpoint.pool;
  notices.tell({ kind: "request_unanswered", pool, code: error.code, attempts: records.length });
}
