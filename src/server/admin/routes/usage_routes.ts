import { z } from "zod";
import { GatewayError } from "../../../core/errors.ts";
import { csvField } from "../../../core/text/csv_field.ts";
import type { Ledger } from "../../../limits/ledger/ledger.ts";
import {
  type Bucket,
  BUCKETS,
  type LedgerQuery,
  type LedgerTotal,
} from "../../../limits/ledger/ledger_query.ts";
import { type Dimension, DIMENSIONS, type Measure, MEASURES } from "../../../limits/ledger/ledger_row.ts";
import { readTime } from "../../../limits/ledger/read_time.ts";
import { usdOf } from "../../../limits/prices/cost.ts";
import { PRICE_SOURCE } from "../../../limits/prices/price_list.ts";
import { utcTime } from "../../../recording/lines/utc_time.ts";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";

/** What the usage routes work with. */
export interface UsageParts {
  readonly ledger: Ledger;
  /** Wall clock. */
  readonly now: () => number;
}

/** Days that are told where none are named. */
const USUAL_DAYS = 30;
const DAY_MS = 86_400_000;

const TIME_TEXT = "UTC: a month, a day or an hour, such as 2026-01, 2026-01-31 or 2026-01-31T23.";

const value = z.string().max(500).optional();

const query = z.strictObject({
  from: z.string().max(40).optional().describe(
    `From when on. ${TIME_TEXT} 30 days before the end when omitted.`,
  ),
  to: z.string().max(40).optional().describe(`Until when, not included. ${TIME_TEXT} Now when omitted.`),
  by: z.string().max(100).optional().describe(`What is told apart, with commas: ${DIMENSIONS.join(", ")}.`),
  bucket: z.enum(BUCKETS).optional().describe("Spans of time, UTC, that are told apart; none when omitted."),
  ...{ tenant: value, tenantKey: value, pool: value, key: value, model: value },
});

type Query = z.output<typeof query>;

const count = z.number().int().min(0);
const places = Object.fromEntries(DIMENSIONS.map((name) => [name, z.string().optional()]));
const sums = Object.fromEntries(
  MEASURES.filter((name) => name !== "costNanos").map((name) => [name, count]),
);

const answer = z.object({
  from: z.string(),
  to: z.string(),
  prices: z.object({ source: z.string(), date: z.string() }),
  rows: z.array(z.object({ time: z.string().optional(), ...places, ...sums, costUsd: z.number() })),
});

/** What everybody used and what it cost, as JSON and as CSV. */
export function usageRoutes(parts: UsageParts): AdminRoute[] {
  return [
    defineAdminRoute<Query, unknown>({
      method: "GET",
      path: "/admin/usage",
      summary: "Requests, tokens and cost, added up by time, tenant, tenant key, pool, key and model.",
      operationId: "getUsage",
      query,
      answer,
      mutates: false,
      async handle(call) {
        const asked = queryOf(call.query, parts.now());
        const totals = await parts.ledger.query(asked);
        return {
          from: utcTime(asked.fromMs),
          to: utcTime(asked.toMs),
          prices: PRICE_SOURCE,
          rows: totals.map(({ time, place, sums }) => ({
            ...(time === undefined ? {} : { time }),
            ...place,
            ...toldSums(sums),
          })),
        };
      },
    }),
    defineAdminRoute<Query, unknown>({
      method: "GET",
      path: "/admin/usage.csv",
      summary: "The same as CSV (RFC 4180), with a line of names.",
      operationId: "getUsageCsv",
      replies: ["text/csv"],
      query,
      mutates: false,
      async handle(call) {
        const asked = queryOf(call.query, parts.now());
        const body = csvOf(asked, await parts.ledger.query(asked));
        return { contentType: "text/csv; charset=utf-8", body };
      },
    }),
  ];
}

function queryOf({ from, to, by = "", bucket = "all", ...only }: Query, nowMs: number): LedgerQuery {
  const toMs = timeOf("to", to) ?? nowMs;
  const fromMs = timeOf("from", from) ?? toMs - USUAL_DAYS * DAY_MS;
  if (fromMs >= toMs) throw invalid("from", "must lie before 'to'");
  const names = by.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const dimensions = DIMENSIONS.filter((name) => names.includes(name));
  const unknown = names.find((name) => !dimensions.some((dimension) => dimension === name));
  if (unknown !== undefined) throw invalid("by", `takes ${DIMENSIONS.join(", ")}`);
  return { fromMs, toMs, by: dimensions, bucket, only };
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const timeMs = readTime(text);
  if (timeMs === undefined) throw invalid(name, `is no time. ${TIME_TEXT}`);
  return timeMs;
}

function invalid(param: string, what: string): GatewayError {
  return new GatewayError("invalid_body", `'${param}' ${what}`, { param });
}

/** The sums with money in dollars. */
function toldSums({ costNanos, ...counts }: LedgerTotal["sums"]): Record<string, number> {
  return { ...counts, costUsd: usdOf(costNanos) };
}

function csvOf({ by, bucket }: { by: readonly Dimension[]; bucket: Bucket }, totals: readonly LedgerTotal[]) {
  const measures = MEASURES.filter((name): name is Exclude<Measure, "costNanos"> => name !== "costNanos");
  const names = [...(bucket === "all" ? [] : ["time"]), ...by, ...measures, "costUsd"];
  const lines = totals.map(({ time, place, sums }) => [
    ...(bucket === "all" ? [] : [time ?? ""]),
    ...by.map((name) => place[name] ?? ""),
    ...measures.map((name) => String(sums[name])),
    // Nine decimals hold every nanodollar.
    usdOf(sums.costNanos).toFixed(9),
  ]);
  return [names, ...lines].map((line) => `${line.map(safeField).join(",")}\r\n`).join("");
}

/** A name that clients made up must not become a formula of a spreadsheet. */
function safeField(text: string): string {
  return csvField(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
}
