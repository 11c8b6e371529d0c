import { GatewayError } from "../../core/errors.ts";
import type { Exchange } from "../../core/exchange.ts";
import { usdOf } from "../../limits/prices/cost.ts";
import { readTime } from "../../limits/ledger/read_time.ts";
import { identifyCaller } from "../callers/identify_caller.ts";
import type { HandleRoom } from "../room.ts";
import type { RequestContext } from "../request_context.ts";
import { sendJson } from "./send_json.ts";

/** What a chat client may ask of its account. */
export type BillingQuestion = "subscription" | "usage";

/** The two paths of OpenAI's former dashboard that chat clients still ask (NextChat, One API); NextChat leaves `/v1` out. */
const PATH = /^(?:\/v1)?\/dashboard\/billing\/(subscription|usage)$/;

/** What is told as the limit of a tenant without a budget: One API tells the same of its unlimited tokens. */
const NO_LIMIT_USD = 100_000_000;

const DAY_MS = 86_400_000;

/** Days that are added up where the client names none. */
const USUAL_DAYS = 100;

/** What answering needs. */
export type BillingRoom = Pick<HandleRoom, "ledger" | "keyUses" | "rates" | "admissions" | "runtime">;

/** Whether a request is such a question, and which. */
export function billingQuestion({ method, path }: Exchange): BillingQuestion | undefined {
  const word = method === "GET" ? PATH.exec(path)?.[1] : undefined;
  return word === "subscription" || word === "usage" ? word : undefined;
}

/**
 * Answers it about the tenant whose key the request carries, and about nobody else: its budget in dollars, or what it
 * spent in cents from `start_date` until `end_date` (UTC days, the last one not included, as OpenAI had it; a day by
 * itself counts whole). Throws `GatewayError` for a bad key or date.
 */
export async function answerBilling(
  room: BillingRoom,
  context: RequestContext,
  question: BillingQuestion,
): Promise<undefined> {
  const { exchange, startedMs, generation } = context;
  const front = { kind: "models", id: undefined, dialect: "openai" } as const;
  const tenant = identifyCaller(room, context, front);
  if (question === "subscription") {
    const limitUsd = generation.limits.budgetUsdOf(tenant.name) ?? NO_LIMIT_USD;
    return sendJson(context, {
      object: "billing_subscription",
      ["has_payment_method"]: true,
      ["soft_limit_usd"]: limitUsd,
      ["hard_limit_usd"]: limitUsd,
      ["system_hard_limit_usd"]: limitUsd,
      ["access_until"]: 0,
    });
  }
  const query = new URLSearchParams(exchange.query);
  const toMs = dayOf(query, "end_date") ?? startedMs + DAY_MS;
  const fromMs = dayOf(query, "start_date") ?? toMs - USUAL_DAYS * DAY_MS;
  const totals = await room.ledger.query({
    fromMs,
    toMs: Math.max(toMs, fromMs + DAY_MS),
    bucket: "day",
    by: [],
    only: { tenant: tenant.name },
  });
  const cents = (nanos: number) => usdOf(nanos) * 100;
  return sendJson(context, {
    object: "list",
    ["total_usage"]: cents(totals.reduce((sum, { sums }) => sum + sums.costNanos, 0)),
    ["daily_costs"]: totals.map(({ time, sums }) => ({
      timestamp: (readTime(time ?? "") ?? 0) / 1000,
      ["line_items"]: [{ name: "all", cost: cents(sums.costNanos) }],
    })),
  });
}

function dayOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const timeMs = readTime(text);
  if (timeMs === undefined) {
    throw new GatewayError("invalid_body", `'${name}' must be a date such as 2026-01-31.`, { param: name });
  }
  return timeMs;
}
