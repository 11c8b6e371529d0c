import type { Candidate, Endpoint } from "../../../balancing/endpoint.ts";
import type { HealthBoard } from "../../../balancing/health.ts";
import { type EndpointState, stateOfMark } from "../../../balancing/health/endpoint_state.ts";
import { type Mark, modelScope } from "../../../balancing/health/mark.ts";
import type { QuotaBook } from "../../../balancing/quota/quota_book.ts";
import type { Matcher } from "../../../core/pattern.ts";
import { remainingMs } from "../../../core/time/remaining_ms.ts";
import type { Settings } from "../../../config/settings.ts";

/** How an endpoint stands, and why. */
export interface EndpointStanding {
  readonly state: EndpointState;
  /** A closed word of an outcome, a shortage's kind, or a person's note; null where there is none. */
  readonly reason: string | null;
  /** Wall clock; null where nobody knows. */
  readonly sinceMs: number | null;
  /** Milliseconds until it may be used, or tried, again; null where time alone will not do. */
  readonly recoversInMs: number | null;
}

/** What standings are read from. */
export interface StandingSources {
  readonly health: HealthBoard;
  readonly quota: QuotaBook;
  /** Monotonic. */
  readonly nowMs: number;
}

/** The least that a request can cost: what does not even have room for that has none. */
const LEAST_ESTIMATE = { requests: 1, inputTokens: 0, outputTokens: 0 } as const;

const USABLE: EndpointStanding = { state: "usable", reason: null, sinceMs: null, recoversInMs: null };
const UNUSED: EndpointStanding = { ...USABLE, state: "unused" };

/** What of its pool decides how an endpoint stands. */
export interface PoolFacts {
  readonly settings: Settings;
  /** Whether the pool offers a model. */
  readonly offers: Matcher;
  /** Models that it names; patterns left out. */
  readonly models: readonly string[];
}

/**
 * How `endpoint` stands: for all models, or for the one of `model`. It is out for all when each of those that its
 * pool names is, since a limit often stands on a single model of a key. O(1) in the number of endpoints.
 */
export function endpointStanding(
  endpoint: Endpoint,
  { settings, models }: PoolFacts,
  sources: StandingSources,
  model?: string,
): EndpointStanding {
  const { health, nowMs } = sources;
  const policy = { ...settings.health, trials: settings.probe.mode !== "off" };
  const candidate: Candidate = { endpoint, weight: endpoint.weight, model: undefined, health: policy };
  const mark = health.exclusion(candidate, model, nowMs) ??
    (model === undefined ? ofAllModels(candidate, models, sources) : undefined);
  if (mark !== undefined) return marked(mark, nowMs);
  if (endpoint.weight <= 0) return UNUSED;
  const waiting = policy.trials ? trialDue(endpoint, health, nowMs) : undefined;
  if (waiting !== undefined) {
    return { state: "probation", reason: waiting.reason, sinceMs: waiting.sinceMs, recoversInMs: 0 };
  }
  return shortStanding(candidate, sources, model) ?? USABLE;
}

/** Of the marks that keep each of the models out, the one that ends first. */
function ofAllModels(
  candidate: Candidate,
  named: readonly string[],
  { health, nowMs }: StandingSources,
): Mark | undefined {
  const { endpoint } = candidate;
  const prefix = modelScope(endpoint.id, "");
  const marks = health.marksOf(endpoint).filter(({ scope, endMs }) =>
    scope.startsWith(prefix) && nowMs < endMs
  );
  if (marks.length === 0) return undefined;
  const offered = named.filter((model) => endpoint.models?.(model) !== false);
  // Where only patterns stand, those that are out are all that is known.
  const models = offered.length > 0 ? offered : marks.map(({ scope }) => scope.slice(prefix.length));
  let first: Mark | undefined;
  for (const model of models) {
    const mark = health.exclusion(candidate, model, nowMs);
    if (mark === undefined) return undefined;
    if (first === undefined || mark.endMs < first.endMs) first = mark;
  }
  return first;
}

function marked(mark: Mark, nowMs: number): EndpointStanding {
  const { reason, sinceMs, endMs } = mark;
  const recoversInMs = endMs === Infinity ? null : Math.ceil(remainingMs(endMs, nowMs));
  return { state: stateOfMark(mark), reason, sinceMs, recoversInMs };
}

/** The mark that is over and keeps it to single requests until one of them works. */
function trialDue(endpoint: Endpoint, health: HealthBoard, nowMs: number): Mark | undefined {
  const { key, upstream } = endpoint.scopes;
  return health.marksOf(endpoint).find(({ scope, state, endMs }) =>
    nowMs >= endMs && ((state === "invalid" && scope === key) || (state === "ejected" && scope === upstream))
  );
}

function shortStanding(
  candidate: Candidate,
  { quota, nowMs }: StandingSources,
  asked: string | undefined,
): EndpointStanding | undefined {
  const { limits } = quota.facts(candidate.endpoint, nowMs);
  if (limits.length === 0) return undefined;
  const learned = limits.flatMap(({ from, model }) => from === "declared" ? [] : [model]);
  const models = new Set(asked !== undefined || learned.length === 0 ? [asked] : learned);
  // Declared limits count for each of them; it has room as long as one model that is known of has.
  let soonest: { untilMs: number; reason: string } | undefined;
  for (const model of models) {
    const shortage = quota.shortage(candidate, model, LEAST_ESTIMATE, nowMs);
    if (shortage === undefined) return undefined;
    if (soonest === undefined || shortage.untilMs < soonest.untilMs) soonest = shortage;
  }
  if (soonest === undefined) return undefined;
  const recoversInMs = Math.ceil(remainingMs(soonest.untilMs, nowMs));
  return { state: "no_headroom", reason: soonest.reason, sinceMs: null, recoversInMs };
}
