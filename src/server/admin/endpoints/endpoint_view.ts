import { z } from "zod";
import type { Endpoint } from "../../../balancing/endpoint.ts";
import { ENDPOINT_STATES } from "../../../balancing/health/endpoint_state.ts";
import { MARK_STATES } from "../../../balancing/health/mark.ts";
import { remainingMs } from "../../../core/time/remaining_ms.ts";
import type { Settings } from "../../../config/settings.ts";
import type { EndpointNote } from "../../../operations/endpoint_notes.ts";
import { utcTime } from "../../../recording/lines/utc_time.ts";
import type { EndpointStanding, StandingSources } from "./endpoint_standing.ts";

const counts = z.object({
  requests: z.number(),
  tokens: z.number(),
  refusedByVendor: z.number().describe("Refusals for a limit."),
});

/** An endpoint as the admin API tells it. */
export const endpointShape = z.object({
  id: z.string(),
  pool: z.string(),
  provider: z.string(),
  upstream: z.string().describe("Its name in the config, or its host."),
  key: z.object({
    name: z.string(),
    fingerprint: z.string().describe("Six characters that stand for the key and do not tell it."),
  }).nullable().describe("null: it sends none, or its callers' own."),
  state: z.enum(ENDPOINT_STATES),
  reason: z.string().nullable(),
  since: z.string().nullable().describe("UTC."),
  recoversInMs: z.number().nullable().describe("null: not by waiting, or it is usable."),
  note: z.object({ text: z.string(), time: z.string() }).nullable().describe("An operator's words."),
  weight: z.number().describe("Upstream weight × key weight, as the config has it."),
  weightNow: z.number().describe("What its failures and a slow start leave of it now."),
  priority: z.number(),
  inFlight: z.number(),
  latencyMs: z.number().nullable().describe("Average time to the first content; null while unknown."),
  perMinute: z.object({ current: counts, peak: counts }),
  headroom: z.number().describe(
    "Share (0 to 1) that is left of the tightest limit that counts for every model.",
  ),
  limits: z.array(z.object({
    from: z.enum(["declared", "told", "found"]),
    name: z.string(),
    model: z.string().nullable(),
    limit: z.number(),
    remaining: z.number(),
  })),
  quotaGroup: z.object({
    how: z.enum(["declared", "found", "alone", "own"]),
    keys: z.number().describe("Keys known to share its limits, itself included."),
    coincidences: z.number().nullable().describe("What a found group rests on."),
  }),
  marks: z.array(z.object({
    on: z.enum(["endpoint", "key", "group", "upstream", "model"]),
    model: z.string().nullable(),
    state: z.enum(MARK_STATES),
    reason: z.string(),
    since: z.string(),
    endsInMs: z.number().nullable(),
  })).describe("All that stands against it, also on single models."),
});

/** The same, as a value. */
export type EndpointView = z.output<typeof endpointShape>;

/** Tells an endpoint with all that is known of it. */
export function endpointView(
  endpoint: Endpoint,
  standing: EndpointStanding,
  settings: Settings | undefined,
  note: EndpointNote | undefined,
  sources: StandingSources,
): EndpointView {
  const { quota, nowMs } = sources;
  const { key, load } = endpoint;
  const { current, peak } = load.rates.read(nowMs);
  const facts = quota.facts(endpoint, nowMs);
  const share = load.trust * load.warmth(nowMs, settings?.balance.slowStartMs ?? 0);
  return {
    ...{
      id: endpoint.id,
      pool: endpoint.pool,
      provider: endpoint.provider,
      upstream: endpoint.upstream.name,
    },
    key: typeof key === "object" ? { name: key.name, fingerprint: key.fingerprint } : null,
    ...{ state: standing.state, reason: standing.reason, recoversInMs: standing.recoversInMs },
    since: standing.sinceMs === null ? null : utcTime(standing.sinceMs),
    note: note === undefined ? null : { text: note.text, time: utcTime(note.timeMs) },
    ...{ weight: endpoint.weight, priority: endpoint.priority, inFlight: load.inFlight },
    weightNow: Math.round(endpoint.weight * share * 1000) / 1000,
    latencyMs: load.isUnknown ? null : Math.round(load.latencyMs(nowMs)),
    perMinute: { current: toldCounts(current), peak: toldCounts(peak) },
    headroom: quota.headroom({ endpoint, weight: endpoint.weight, model: undefined }, undefined, nowMs),
    limits: facts.limits.map(({ from, name, model, limit, remaining }) => {
      return { from, name, model: model ?? null, limit, remaining };
    }),
    quotaGroup: {
      how: facts.grouping,
      keys: Math.max(1, facts.members.length),
      coincidences: facts.evidence?.coincidences ?? null,
    },
    marks: marksOf(endpoint, sources),
  };
}

function toldCounts({ requests, tokens, refused }: { requests: number; tokens: number; refused: number }) {
  return { requests, tokens, refusedByVendor: refused };
}

function marksOf(endpoint: Endpoint, { health, nowMs }: StandingSources): EndpointView["marks"] {
  const { id, scopes } = endpoint;
  return health.marksOf(endpoint).map(({ scope, state, reason, sinceMs, endMs }) => {
    const model = scope.startsWith(`${id}/`) ? scope.slice(id.length + 1) : null;
    const on = model !== null
      ? "model"
      : scope === scopes.key
      ? "key"
      : scope === scopes.group
      ? "group"
      : scope === scopes.upstream
      ? "upstream"
      : "endpoint";
    const endsInMs = endMs === Infinity ? null : Math.ceil(remainingMs(endMs, nowMs));
    return { on, model, state, reason, since: utcTime(sinceMs), endsInMs };
  });
}
