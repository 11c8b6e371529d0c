import * as z from "zod";
import * as formModule from "../../core/alerts/forms/mod.ts";
import type { WebhookForm } from "../../core/alerts/webhook_form.ts";
import { LOG_LEVELS } from "../../core/log.ts";
import { registryOf } from "../../core/registry.ts";
import * as sinkModule from "../../recording/sinks/mod.ts";
import type { SinkKind } from "../../recording/sinks/sink.ts";
import * as storeModule from "../../stores/mod.ts";
import type { StoreKind } from "../../stores/store.ts";
import type { AlertPolicyLayer } from "../alert_policy.ts";
import { duration, label, object, says, secret, size, summaries, word } from "./fields.ts";

const STORES = registryOf<StoreKind>(storeModule);
const SINKS = registryOf<SinkKind>(sinkModule);
const WEBHOOKS = registryOf<WebhookForm>(formModule);

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MB = 1024 ** 2;
const TB = 1024 ** 4;

/** `state` as the file has it. */
export const stateFile = object({
  store: word(STORES.types).default("deno_kv").describe(
    "Where state outlives the process; memory forgets it at the end.",
  ),
}).describe("State that outlives the process: affinity, cooldowns, keys found invalid.");

/** `records` as the file has it. */
export const recordsFile = object({
  enabled: z.boolean().default(true).describe("false writes no records at all."),
  bodies: word(["full", "metadata"]).default("full").describe(
    "full keeps requests and answers whole; metadata keeps everything but them.",
  ),
  keepDays: z.int().min(1).max(36_500).default(30).describe("Days until an hour's file is deleted."),
  maxTotal: size(MB, 1024 * TB).prefault("10GB").describe("All files together; the oldest hour goes first."),
  compress: z.boolean().default(false).describe("true compresses hours that are over."),
  onFullDisk: word(["serve", "refuse"]).default("serve").describe(
    "When records cannot be written: serve goes on without them, refuse answers 503.",
  ),
  training: z.boolean().default(false).describe("true also keeps plain `messages` lines under training/."),
  to: word(SINKS.types).default("hourly_file").describe(
    `Where they go. ${summaries(SINKS.all)}`,
  ),
}).describe("One line for every request.");

const logFile = object({
  name: label().describe("logs/NAME.log in the data directory."),
  channels: z.array(label()).min(1).max(100).optional().describe(
    "Which log channels go there: gateway, config, health, records, state, server, access, alerts; omitted: all.",
  ),
  level: word(LOG_LEVELS).default("info").describe("The least level that goes there."),
  maxSize: size(64 * 1024, TB).prefault("10MB").describe("Size at which a new file is begun."),
  maxAge: duration(MINUTE_MS, 3650 * DAY_MS).prefault("30d").describe("Age at which an old file is deleted."),
  maxFiles: z.int().min(1).max(10_000).default(10).describe("Most old files kept."),
  compress: z.boolean().default(false).describe("true compresses old files."),
}).describe("A rotating log file.");

/** `logs` as the file has it. */
export const logsFile = object({
  level: word(LOG_LEVELS).default("info").describe("The least level on stderr."),
  files: z.array(logFile).max(100).default([]).describe("Log files beside stderr."),
}).describe("What is logged.");

const alertPolicyFields = {
  threshold: z.int().min(0).max(1000).optional().describe(
    "Failed attempts of one pool within the window that make an alert (default 10); 0: they never do.",
  ),
  window: duration(1000, DAY_MS).optional().describe("The time in which they are counted (default 60s)."),
  cooldown: duration(1000, 7 * DAY_MS).optional().describe(
    "Least time between two alerts of the same kind about the same pool (default 300s).",
  ),
};

/** A pool's own `alerts` as the file has it. */
export const poolAlertsFile = object(alertPolicyFields).describe(
  "When this pool's troubles become alerts; goes before the file's `alerts`, member by member.",
);

const webhook = object({
  type: word(WEBHOOKS.types).describe(`What it gets. ${summaries(WEBHOOKS.all)}`),
  url: secret().describe('Its address, which is a secret: "env:NAME", "file:PATH" or literal.'),
}).describe("A receiver of alerts.");

/** `alerts` as the file has it. */
export const alertsFile = object({
  ...alertPolicyFields,
  file: z.boolean().default(true).describe("false keeps no logs/alerts.jsonl in the data directory."),
  webhooks: z.array(webhook).max(20).default([]).describe("Who is told, beside the log and the file."),
}).describe("When somebody is told of troubles, and how.");

/** `metrics` as the file has it. */
export const metricsFile = object({
  enabled: z.boolean().default(true).describe("false: there is no /metrics."),
  listen: z.string({ error: says('must be "HOST:PORT"') }).optional().describe(
    '"HOST:PORT" of an address of its own; the gateway\'s own address then has no /metrics.',
  ),
  token: secret().optional().describe(
    "What readers must send as a bearer token. Without one, loopback and private addresses need none, and all others " +
      'the admin token: "env:NAME", "file:PATH" or literal.',
  ),
}).describe("Measurements for Prometheus.");

/** `alerts` as it comes out of the schema. */
export type AlertsFile = z.output<typeof alertsFile>;

/** Gives the members their names with units. */
export function alertPolicyLayer(
  { threshold, window, cooldown }: z.output<typeof poolAlertsFile>,
): AlertPolicyLayer {
  return { threshold, windowMs: window, cooldownMs: cooldown };
}
