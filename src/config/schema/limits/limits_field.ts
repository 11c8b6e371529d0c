import * as z from "zod";
import type { DeclaredLimits, LimitSet } from "../../../balancing/quota/declared/declared_limits.ts";
import type { DailyLimit } from "../../../core/time/daily_reset.ts";
import { model, object, says } from "../fields.ts";

/** Largest limit that means anything: a million a second. */
const MOST = 60_000_000_000;

/** An optional whole number that limits something. */
export const count = (what: string) =>
  z.int({ error: says("must be a whole number, at least 1") }).min(1).max(MOST).optional().describe(what);

const TIME_ERROR = says('must be a time of day such as "00:00" or "17:30"');

/** The IANA name of a time zone. */
export const zone = z.string().refine(isZone, {
  error: says('must be a time zone such as "UTC", "America/Los_Angeles" or "Asia/Shanghai"'),
});

/** A limit that is whole again once a day. */
export const daily = z.union([
  z.int().min(1).max(MOST),
  object({
    max: z.int().min(1).max(MOST).describe("Most a day."),
    resetAt: z.string({ error: TIME_ERROR }).regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: TIME_ERROR })
      .default("00:00").describe("Time of day at which the count begins anew."),
    zone: zone.default("UTC").describe(
      "Whose time of day that is; Gemini's, for one, is America/Los_Angeles.",
    ),
  }),
], {
  error: says(
    'must be a whole number, or an object such as { "max": 1000, "resetAt": "00:00", "zone": "UTC" }',
  ),
});

const members = {
  requestsPerMinute: count("Requests within any 60 seconds."),
  tokensPerMinute: count(
    "Input and output tokens within any 60 seconds, estimated before and settled after.",
  ),
  requestsPerDay: daily.optional().describe("Requests a day: a number (from midnight UTC) or an object."),
  concurrency: count("Requests under way at once."),
};

const modelLimits = object(members).describe("Limits of one model.");

/** Limits that are kept whatever the vendor tells; on a pool, an upstream or a key alike. */
export const limits = object({
  ...members,
  models: z.record(model(), modelLimits).optional().describe(
    "Further limits for single models, by the name the pool is asked for; they are counted apart.",
  ),
}).optional().describe("Limits that are never exceeded, whatever the vendor would allow.");

type LimitsFile = z.output<typeof limits>;

/** The limits as balancing takes them; undefined where none is set. */
export function limitSet(file: LimitsFile): LimitSet | undefined {
  if (file === undefined) return undefined;
  const { models = {}, ...own } = file;
  const byModel = Object.entries(models).map(([name, each]) => [name, declared(each)] as const);
  return { limits: declared(own), models: Object.fromEntries(byModel) };
}

function declared({ requestsPerDay, ...others }: z.output<typeof modelLimits>): DeclaredLimits {
  return requestsPerDay === undefined ? others : { ...others, requestsPerDay: dailyLimit(requestsPerDay) };
}

/** A limit of the day with its reset in numbers. */
export function dailyLimit(file: z.output<typeof daily>): DailyLimit {
  const { max, resetAt, zone } = typeof file === "number"
    ? { max: file, resetAt: "00:00", zone: "UTC" }
    : file;
  const [hour = 0, minute = 0] = resetAt.split(":").map(Number);
  return { max, resetMinute: hour * 60 + minute, zone };
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
