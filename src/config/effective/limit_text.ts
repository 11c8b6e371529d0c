import type { DailyLimit } from "../../core/time/daily_reset.ts";
import type { BudgetLimit } from "../../limits/limit_policy.ts";
import { formatDuration } from "../schema/duration.ts";
import { timeOfDay } from "./time_of_day.ts";

/** A limit in words: `60`, `9 from 00:00 UTC`, `$20 a month, UTC`. */
export function limitText(limit: number | DailyLimit | BudgetLimit): string {
  if (typeof limit === "number") return String(limit);
  if ("max" in limit) return `${limit.max} from ${timeOfDay(limit.resetMinute)} ${limit.zone}`;
  const { period, usdMicros } = limit;
  const usd = `$${usdMicros / 1_000_000}`;
  switch (period.kind) {
    case "total":
      return `${usd} in total`;
    case "rolling":
      return `${usd} in ${formatDuration(period.spanMs)}`;
    default:
      return `${usd} a ${period.kind}, ${period.zone}`;
  }
}
