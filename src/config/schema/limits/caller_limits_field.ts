import * as z from "zod";
import type { DailyLimit } from "../../../core/time/daily_reset.ts";
import type {
  BudgetPeriod,
  CallerLimits,
  CallerLimitSet,
  QueuePolicy,
} from "../../../limits/limit_policy.ts";
import { duration, model, object, says, word } from "../fields.ts";
import { count, daily, dailyLimit, zone } from "./limits_field.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Largest budget in dollars: its millionths are still whole numbers that can be added up exactly. */
const MOST_USD = 1_000_000_000;

const USD_ERROR = says("must be a number of US dollars, more than 0, with at most 6 decimals");

const budget = object({
  usd: z.number({ error: USD_ERROR }).gt(0, { error: USD_ERROR }).max(MOST_USD, { error: USD_ERROR })
    .refine((usd) => Number.isInteger(Math.round(usd * 1e9) / 1e3), { error: USD_ERROR })
    .describe("US dollars, by the prices that the gateway knows."),
  per: z.union([
    word(["total", "day", "month"]),
    object({
      rolling: duration(MINUTE_MS, 366 * DAY_MS).describe("Length of the window that moves with the clock."),
    }),
  ], { error: says('must be "total", "day", "month", or an object such as { "rolling": "7d" }') }).default(
    "total",
  )
    .describe("When spent money stops counting (default total: never, until it is reset by hand)."),
  zone: zone.default("UTC").describe("Whose days and months they are (default UTC)."),
}).describe("Money that may be spent.");

const members = {
  requestsPerMinute: count("Requests within any 60 seconds."),
  tokensPerMinute: count(
    "Input and output tokens within any 60 seconds, estimated before and settled after.",
  ),
  bytesPerMinute: count("Bytes of request and answer bodies within any 60 seconds."),
  requestsPerDay: daily.optional().describe("Requests a day: a number (from midnight UTC) or an object."),
  tokensPerDay: daily.optional().describe("Tokens a day: a number (from midnight UTC) or an object."),
  concurrency: count("Requests under way at once."),
  budget: budget.optional(),
};

const modelLimits = object(members).describe("Limits of the models that a pattern means.");

/** Limits of a tenant or of one of its keys. */
export const callerLimits = object({
  ...members,
  models: z.record(model(), modelLimits).optional().describe(
    "Further limits by model name or pattern, as the client asks for it; one count for each pattern, and all that fit hold.",
  ),
  legacyHeaders: z.boolean().optional().describe(
    "true: answers also carry x-ratelimit-limit, -remaining and -reset, as AI Endpoint sent them (default false).",
  ),
}).optional().describe("What it may use.");

/** How requests of a tenant wait for its own limits. */
export const queue = object({
  max: z.int().min(1).max(10_000).default(100).describe(
    "Most of its requests that wait at once (default 100).",
  ),
  wait: duration(1, 10 * MINUTE_MS).default(5_000).describe("Longest wait of one (default 5s)."),
}).optional().describe(
  "Requests that its limits have no room for wait, in the order in which they came; without it they are refused at once.",
);

/** The limits as admission takes them; undefined where none is set. */
export function callerLimitSet(file: z.output<typeof callerLimits>): CallerLimitSet | undefined {
  if (file === undefined) return undefined;
  const { models = {}, legacyHeaders = false, ...own } = file;
  const byModel = Object.entries(models).map(([name, each]) => [name, limitsOf(each)] as const);
  return { limits: limitsOf(own), models: Object.fromEntries(byModel), legacyFields: legacyHeaders };
}

/** The queue as admission takes it. */
export function queuePolicy(file: z.output<typeof queue>): QueuePolicy | undefined {
  return file && { max: file.max, waitMs: file.wait };
}

function limitsOf(file: z.output<typeof modelLimits>): CallerLimits {
  const { requestsPerDay, tokensPerDay, budget: money, ...others } = file;
  const day = (each: z.output<typeof daily> | undefined): DailyLimit | undefined =>
    each === undefined ? undefined : dailyLimit(each);
  return {
    ...others,
    requestsPerDay: day(requestsPerDay),
    tokensPerDay: day(tokensPerDay),
    budget: money && { usdMicros: Math.round(money.usd * 1e6), period: periodOf(money) },
  };
}

function periodOf({ per, zone: timeZone }: z.output<typeof budget>): BudgetPeriod {
  if (typeof per === "object") return { kind: "rolling", spanMs: per.rolling };
  return per === "total" ? { kind: "total" } : { kind: per, zone: timeZone };
}
