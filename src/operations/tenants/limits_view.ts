import { timeOfDay } from "../../config/effective/time_of_day.ts";
import { formatDuration } from "../../config/schema/duration.ts";
import type { DailyLimit } from "../../core/time/daily_reset.ts";
import type { BudgetLimit, CallerLimits, CallerLimitSet } from "../../limits/limit_policy.ts";

/** Limits as the config file spells them, with every default said; null: there are none. */
export type LimitsView = Readonly<Record<string, unknown>> | null;

/** Shows the limits of a tenant or of one of its keys; what it shows can be sent back. */
export function limitsView(set: CallerLimitSet | undefined): LimitsView {
  if (set === undefined) return null;
  const models = Object.entries(set.models).map(([pattern, limits]) => [pattern, shown(limits)] as const);
  return {
    ...shown(set.limits),
    ...(models.length === 0 ? {} : { models: Object.fromEntries(models) }),
    ...(set.legacyFields ? { legacyHeaders: true } : {}),
  };
}

function shown(
  { requestsPerDay, tokensPerDay, budget, ...numbers }: CallerLimits,
): Readonly<Record<string, unknown>> {
  const all = {
    ...numbers,
    requestsPerDay: requestsPerDay && day(requestsPerDay),
    tokensPerDay: tokensPerDay && day(tokensPerDay),
    budget: budget && money(budget),
  };
  return Object.fromEntries(Object.entries(all).filter(([, limit]) => limit !== undefined));
}

function day({ max, resetMinute, zone }: DailyLimit) {
  return { max, resetAt: timeOfDay(resetMinute), zone };
}

function money({ usdMicros, period }: BudgetLimit) {
  const usd = usdMicros / 1_000_000;
  switch (period.kind) {
    case "total":
      return { usd, per: "total" };
    case "rolling":
      return { usd, per: { rolling: formatDuration(period.spanMs) } };
    default:
      return { usd, per: period.kind, zone: period.zone };
  }
}
