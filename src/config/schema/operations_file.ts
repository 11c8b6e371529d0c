import * as z from "zod";
import { LOG_LEVELS } from "../../core/log.ts";
import { registryOf } from "../../core/registry.ts";
import * as sinkModule from "../../recording/sinks/mod.ts";
import type { SinkKind } from "../../recording/sinks/sink.ts";
import * as storeModule from "../../stores/mod.ts";
import type { StoreKind } from "../../stores/store.ts";
import { duration, label, object, size, summaries, word } from "./fields.ts";

const STORES = registryOf<StoreKind>(storeModule);
const SINKS = registryOf<SinkKind>(sinkModule);

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
    "Which log channels go there: gateway, config, health, records, state, server, access; omitted: all.",
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
