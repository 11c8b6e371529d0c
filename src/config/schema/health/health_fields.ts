import * as z from "zod";
import type { ProbePolicy } from "../../../upstream/probes/probe_policy.ts";
import type { SettingsLayer } from "../../settings.ts";
import { duration, object, says, word } from "../fields.ts";
import { statuses } from "./statuses.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

/** Windows longer than an hour would judge an upstream by another one's day. */
const span = () => duration(SECOND_MS, HOUR_MS);

const count = () => z.int().min(0).max(1_000_000);

/** When failures eject an upstream or mark a key. */
export const health = object({
  consecutive: count().optional().describe(
    "Failed answers in a row until an upstream is ejected (default 5; 0: never). Two connections in a row that fail are enough.",
  ),
  window: object({
    failures: count().optional().describe("Failures within the span until it is ejected (default 0: never)."),
    span: span().optional().describe("The time they are counted in (default 1m)."),
  }).optional().describe("Ejection by the number of failures within a time, whatever succeeds between them."),
  rate: object({
    minimum: count().optional().describe("Fewest answers to judge by (default 20; 0: never judged)."),
    share: z.number().min(0).max(1).optional().describe(
      "Share of them that failed, from which on it is ejected (default 0.5; 0: never).",
    ),
    span: span().optional().describe("The time they are counted in (default 30s)."),
  }).optional().describe("Ejection by the share of failures within a time."),
  eject: object({
    base: duration(SECOND_MS, HOUR_MS).optional().describe(
      "Length of a first ejection (default 30s); each next one is longer by this.",
    ),
    max: duration(SECOND_MS, 24 * HOUR_MS).optional().describe("Longest ejection (default 5m)."),
  }).optional().describe("How long an upstream is ejected."),
  keyInvalidAfter: count().optional().describe(
    "Refusals in a row until a key is taken for invalid (default 2; 0: never). A vendor's explicit word is enough at once.",
  ),
}).describe("When failures eject an upstream or mark a key.");

const PROBE_MODES = ["off", "passive", "active"] as const;

/** How it is found out that what was marked works again. */
export const probe = z.union([
  word(PROBE_MODES),
  object({
    mode: word(["active"]).describe("What the other members belong to."),
    method: word(["GET", "HEAD"]).default("GET").describe("How it is asked for."),
    path: z.string({ error: says('must be a path such as "/v1/models"') }).regex(/^\/[\x21-\x7e]{0,500}$/, {
      error: says('must be a path such as "/v1/models"'),
    }).default("/v1/models").describe("What is asked for; it must cost nothing."),
    expect: statuses().prefault("200-299").describe("Statuses that say that it works."),
    every: duration(SECOND_MS, 24 * HOUR_MS).prefault("30s").describe("Time between two rounds."),
    timeout: duration(100, 10 * 60 * SECOND_MS).prefault("10s").describe("For a whole call."),
  }),
], {
  error: says(
    'must be "off", "passive", "active", or an object such as { "mode": "active", "path": "/v1/models" }',
  ),
}).describe(
  'How it is found out that an invalid key or an ejected upstream works again: "passive" (default), by one request of the traffic; "active", also by calls beside it, which only marked ones get; "off": a key stays invalid until someone says otherwise.',
);

type HealthFile = z.output<typeof health>;
type ProbeFile = z.output<typeof probe>;

/** Gives the members of `health` their names with units. */
export function healthLayer(
  { consecutive, window, rate, eject, keyInvalidAfter }: HealthFile,
): NonNullable<SettingsLayer["health"]> {
  return {
    consecutive,
    window: window && { failures: window.failures, spanMs: window.span },
    rate: rate && { minimum: rate.minimum, share: rate.share, spanMs: rate.span },
    eject: eject && { baseMs: eject.base, maxMs: eject.max },
    keyInvalidAfter,
  };
}

/** The policy that `probe` spells. */
export function probePolicy(file: ProbeFile): ProbePolicy {
  if (file === "off" || file === "passive") return { mode: file };
  if (file === "active") return ACTIVE;
  const { mode, method, path, expect, every, timeout } = file;
  return { mode, method, path, expect, everyMs: every, timeoutMs: timeout };
}

const ACTIVE: ProbePolicy = {
  mode: "active",
  method: "GET",
  path: "/v1/models",
  expect: [[200, 299]],
  everyMs: 30_000,
  timeoutMs: 10_000,
};
