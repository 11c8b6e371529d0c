import * as z from "zod";
import type { SettingsLayer } from "../settings.ts";
import { affinityField, affinityLayer } from "./affinity_field.ts";
import { balance, balanceLayer } from "./balance_field.ts";
import { duration, object, says, word } from "./fields.ts";
import { health, healthLayer, probe, probePolicy } from "./health/health_fields.ts";

const DAY_MS = 86_400_000;

/** A stage of waiting; a day is more than any vendor takes and well within the timers' range. */
const wait = () => duration(1, DAY_MS);

const retry = object({
  attempts: z.int().min(1).max(100).optional().describe(
    "Most attempts of one request, the first included (default 4). Connections that could not be opened, refused keys, spent quotas and rate limits are not counted.",
  ),
  budget: object({
    share: z.number().min(0).max(100).optional().describe(
      "Retries for each request of the pool (default 0.2).",
    ),
    floorPerSecond: z.number().min(0).max(1_000_000).optional().describe(
      "Retries a second that are always allowed (default 10).",
    ),
  }).optional().describe(
    "How many retries a pool bears beside its requests, over ten seconds; what costs an upstream no work is not counted.",
  ),
  wait: duration(0, DAY_MS).optional().describe(
    'Longest wait for endpoints that were told to rest, when all are (default 10s); "0s" answers at once.',
  ),
  overloadAs: z.union([z.literal(429), z.literal(503)], { error: says("must be 429 or 503") }).optional()
    .describe(
      "Status of an answer in the Responses format when all upstreams are overloaded (default 503); 429 for clients that repeat every 5xx at once, such as codex.",
    ),
}).describe("Trying elsewhere, as long as no content has reached the client.");

const deadlines = object({
  connect: wait().optional().describe("To an open connection (default 10s)."),
  headers: wait().optional().describe("To the head of a streamed answer (default 300s)."),
  headersUnstreamed: wait().optional().describe(
    "To the head of an answer that is not streamed (default 600s).",
  ),
  firstContent: wait().optional().describe("From the head to a stream's first content (default 300s)."),
  idle: wait().optional().describe("Between two chunks (default 300s)."),
  total: z.union([word(["none"]), wait()], { error: says('must be a duration such as "10m", or "none"') })
    .optional()
    .describe("For a whole attempt (default none)."),
  socketIdle: wait().optional().describe(
    "Without a byte either way on an open WebSocket, pings included (default 900s).",
  ),
}).describe("How long each stage of an attempt may take.");

const streams = object({
  hold: wait().optional().describe(
    "How long an answer's head is held back for failover before keep-alives begin (default 15s).",
  ),
  keepAlive: wait().optional().describe(
    "Silence after which the client gets keep-alive bytes (default 15s).",
  ),
}).describe("What a client sees of a stream that takes its time.");

const commit = word(["content", "complete"]).optional().describe(
  'When an answer begins to go out: "content" (default), from its first content on; "complete", only when it is whole, so that a stream that breaks off in the middle is asked for elsewhere.',
);

/** The setting groups, as `defaults`, a pool and a route have them alike. */
export const settingsFields = {
  balance: balance.optional(),
  affinity: affinityField.optional(),
  retry: retry.optional(),
  deadlines: deadlines.optional(),
  streams: streams.optional(),
  commit,
  health: health.optional(),
  probe: probe.optional(),
};

const settingsFile = z.object(settingsFields);

/** The groups as they come out of the schema. */
export type SettingsFile = z.output<typeof settingsFile>;

/** Gives the groups their names with units. */
export function settingsLayer(file: SettingsFile): SettingsLayer {
  const { affinity, retry, deadlines, streams, commit } = file;
  return {
    balance: file.balance && balanceLayer(file.balance),
    affinity: affinityLayer(affinity),
    retry: retry && {
      attempts: retry.attempts,
      budgetShare: retry.budget?.share,
      budgetFloorPerSecond: retry.budget?.floorPerSecond,
      waitMs: retry.wait,
      overloadAs: retry.overloadAs,
    },
    deadlines: deadlines && {
      connectMs: deadlines.connect,
      headersMs: deadlines.headers,
      headersUnstreamedMs: deadlines.headersUnstreamed,
      firstContentMs: deadlines.firstContent,
      idleMs: deadlines.idle,
      totalMs: deadlines.total,
      socketIdleMs: deadlines.socketIdle,
    },
    streams: streams && { holdMs: streams.hold, keepAliveMs: streams.keepAlive },
    commit,
    health: file.health && healthLayer(file.health),
    probe: file.probe && probePolicy(file.probe),
  };
}
