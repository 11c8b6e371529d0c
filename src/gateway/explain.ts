import { type CandidateStanding, decide, type Decision } from "../balancing/decide.ts";
import type { Candidate } from "../balancing/endpoint.ts";
import type { HealthView } from "../balancing/health/health_view.ts";
import type { InferredGroup } from "../balancing/quota/quota_book.ts";
import type { QuotaView } from "../balancing/quota/quota_view.ts";
import type { Tier } from "../balancing/tier.ts";
import { GatewayError } from "../core/errors.ts";
import { isGranted } from "../tenants/grants.ts";
import { DEFAULT_PRIORITY, type Tenant } from "../tenants/tenant.ts";
import { frontOf } from "./facts/front.ts";
import type { Generation } from "./generation.ts";
import { spokenBy, type Way, wayTo } from "../upstream/translation/way.ts";
import { planFor, providerOf } from "./route.ts";
import type { RouteTable } from "./routing/route_table.ts";

/** A request that is not made. */
export interface ExplainQuestion {
  /** As a client would name it; undefined: a request that names none. */
  readonly model?: string | undefined;
  /** Name of a tenant; undefined: nobody's grants and models are looked at. */
  readonly tenant?: string | undefined;
  /** @default "POST" */
  readonly method?: string | undefined;
  /** @default "/v1/chat/completions" */
  readonly path?: string | undefined;
  /** Tokens that the request is taken to cost. */
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}

/** An endpoint as an operator knows it. */
export interface ExplainedEndpoint {
  readonly endpoint: string;
  readonly pool: string;
  readonly upstream: string;
  /** Name or fingerprint of the key; null without one. */
  readonly key: string | null;
  /** The model that it would be asked for; null: none. */
  readonly model: string | null;
  /** The format it would be asked in, where that is another than the request's; null: the request passes as it is. */
  readonly translatedTo: string | null;
}

/** One candidate and why it is in or out. */
export interface ExplainedCandidate extends ExplainedEndpoint {
  readonly weight: number;
  /** `eligible`, or the first reason that holds against it; `other_format`: it speaks none that the request can be put into. */
  readonly reason: CandidateStanding["reason"] | "other_format";
  /** What stands behind the reason, in words; null where the reason says all. */
  readonly detail: string | null;
  /** Milliseconds until it is back, where waiting is all it takes. */
  readonly backInMs: number | null;
}

/** One tier of the route, all its candidates. */
export interface ExplainedTier {
  readonly strategy: string;
  readonly pick: ExplainedEndpoint | null;
  readonly chosenBy: Decision["why"]["chosenBy"];
  readonly panic: boolean;
  readonly soonestMs: number | null;
  readonly candidates: readonly ExplainedCandidate[];
}

/** Keys of the route that were found to share their limits at the vendor, and what that rests on. */
export interface ExplainedGroup {
  /** Names or fingerprints. */
  readonly keys: readonly string[];
  /** Answers or refusals of one key that only another's requests explain. */
  readonly coincidences: number;
  /** Wall clock. */
  readonly sinceMs: number;
}

/** What would happen to the request, and why. */
export interface Explanation {
  /** One sentence. */
  readonly summary: string;
  /** The plan's name, as in records: `route:auto`, `model:gpt-4o`, `pool:openai`; null when it was refused. */
  readonly route: string | null;
  /** Why the gateway itself would refuse it; null when it would not. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
  readonly pick: ExplainedEndpoint | null;
  readonly tiers: readonly ExplainedTier[];
  readonly sharedLimits: readonly ExplainedGroup[];
}

/** What explaining looks at; nothing of it is changed. */
export interface ExplainRoom {
  readonly health: HealthView;
  readonly quota: QuotaView & { groups(): readonly InferredGroup[] };
  /** Monotonic. */
  readonly nowMs: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** Most candidates of a tier that are told one by one; a pool of 50,000 keys is told in counts by its summary. */
const MAX_CANDIDATES = 1000;

/** Decides about a request as serving would, by the same functions, and tells every reason. Changes nothing. */
export function explain(question: ExplainQuestion, generation: Generation, room: ExplainRoom): Explanation {
  try {
    return explainPlan(question, generation, room);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const refusal = { code: error.code, message: error.message };
    return {
      summary: `Refused: ${error.message}`,
      route: null,
      refusal,
      pick: null,
      tiers: [],
      sharedLimits: [],
    };
  }
}

function explainPlan(question: ExplainQuestion, generation: Generation, room: ExplainRoom): Explanation {
  const { method = "POST", path = "/v1/chat/completions", model } = question;
  const front = frontOf(method, path);
  if (front === undefined || front.kind === "models") {
    throw new GatewayError("not_found", "No upstream answers this path.");
  }
  const tenant = tenantOf(question.tenant, generation);
  const pathClass = front.kind === "proxy" ? "proxy" : front.pathClass;
  if (!isGranted(tenant.grants, pathClass, path)) {
    throw new GatewayError("path_not_allowed", `The tenant's 'paths' do not grant this path (${pathClass}).`);
  }
  if (tenant.access.allowsFormat?.(front.format.type) === false) {
    throw new GatewayError("format_not_allowed", `The tenant's 'formats' do not name ${front.format.type}.`);
  }
  const plan = planFor(front, model, tenant, routesOf(question.tenant, generation));
  const tiers = plan.tiers.map((tier) => {
    const strategy = plan.settingsOf(tier.candidates[0]?.endpoint.pool ?? "").balance.strategy;
    const wayOf = ({ endpoint }: Candidate) =>
      wayTo({ format: front.format, method, path: front.path }, spokenBy(endpoint, providerOf));
    const ways = front.kind === "proxy" ? () => NATIVE : wayOf;
    return { strategy, ...explainTier(tier, { model: plan.model ?? model, ways }, question, room) };
  });
  const pick = tiers.find((tier) => tier.pick !== null)?.pick ?? null;
  const sharedLimits = groupsOf(plan.tiers, room);
  return { summary: summaryOf(tiers, pick), route: plan.name, refusal: null, pick, tiers, sharedLimits };
}

function groupsOf(tiers: readonly Tier[], { quota }: ExplainRoom): ExplainedGroup[] {
  const names = new Map<string, string>();
  for (const { endpoint: { key, scopes } } of tiers.flatMap((tier) => tier.candidates)) {
    if (typeof key === "object") names.set(scopes.key, key.name);
  }
  return quota.groups().flatMap(({ members, coincidences, sinceMs }) => {
    const keys = members.flatMap((member) => names.get(member) ?? []);
    return keys.length < 2 ? [] : [{ keys, coincidences, sinceMs }];
  });
}

/** The tenant asked about, or one that may do everything. */
function tenantOf(name: string | undefined, generation: Generation): Tenant {
  if (name === undefined) return ANYBODY;
  const tenant = generation.tenants.get(name);
  if (tenant === undefined) {
    throw new GatewayError("not_found", "There is no tenant of that name, or it is switched off.");
  }
  return tenant;
}

function routesOf(tenant: string | undefined, { routes, tenantRoutes }: Generation): RouteTable {
  return tenant === undefined ? routes : tenantRoutes.of(tenant);
}

const ANYBODY: Tenant = {
  name: "anybody",
  allowsModel: () => true,
  access: { allowsAddress: undefined, allowsFormat: undefined, allowsPool: undefined },
  priority: DEFAULT_PRIORITY,
  grants: { all: true, inference: true, account: true, proxy: true, allowsPath: () => true },
  debug: true,
  overrides: [],
  records: "off",
};

/** The model asked for, and how each candidate would serve. */
interface Asked {
  readonly model: string | undefined;
  readonly ways: (candidate: Candidate) => Way;
}

const NATIVE: Way = { kind: "native" };

function explainTier(
  tier: Tier,
  { model, ways }: Asked,
  { inputTokens = 0, outputTokens = 0 }: ExplainQuestion,
  room: ExplainRoom,
): Omit<ExplainedTier, "strategy"> {
  const estimate = { requests: 1 as const, inputTokens, outputTokens }; // the type names the number itself
  const strangers = new Set(tier.candidates.filter((candidate) => ways(candidate).kind === "none"));
  const decision = decide({ model, tried: strangers, estimate, explain: true }, tier, room);
  const { pick, why } = decision;
  const standings = why.standings ?? [];
  return {
    pick: pick === undefined ? null : endpointOf(pick, { model, ways }),
    chosenBy: why.chosenBy,
    panic: why.panic,
    soonestMs: why.soonestMs ?? null,
    candidates: tier.candidates.slice(0, MAX_CANDIDATES).map((candidate, at) => ({
      ...endpointOf(candidate, { model, ways }),
      weight: candidate.weight,
      ...(strangers.has(candidate) ? STRANGER : standingOf(standings[at], room.nowMs)),
    })),
  };
}

const STRANGER = { reason: "other_format", detail: null, backInMs: null } as const;

function endpointOf(candidate: Candidate, { model, ways }: Asked): ExplainedEndpoint {
  const { endpoint } = candidate;
  const way = ways(candidate);
  return {
    endpoint: endpoint.id,
    pool: endpoint.pool,
    upstream: endpoint.upstream.name,
    key: typeof endpoint.key === "object" ? endpoint.key.name : endpoint.key ?? null,
    model: candidate.model ?? model ?? null,
    translatedTo: way.kind === "translated" ? way.format.type : null,
  };
}

function standingOf(
  standing: CandidateStanding | undefined,
  nowMs: number,
): Pick<ExplainedCandidate, "reason" | "detail" | "backInMs"> {
  const { mark, shortage, reason = "eligible" } = standing ?? {};
  const endMs = mark?.endMs ?? shortage?.untilMs;
  return {
    reason,
    detail: mark?.reason ?? (shortage === undefined ? null : `${shortage.reason} limit`),
    backInMs: endMs === undefined || endMs === Infinity ? null : Math.max(0, Math.round(endMs - nowMs)),
  };
}

function summaryOf(tiers: readonly ExplainedTier[], pick: ExplainedEndpoint | null): string {
  if (pick !== null) {
    const at = tiers.findIndex((tier) => tier.pick !== null);
    const key = pick.key === null ? "" : `, key ${pick.key}`;
    return `Goes to ${pick.upstream} of pool ${pick.pool}${key} (tier ${at + 1} of ${tiers.length}, by ${
      tiers[at]?.strategy
    })`;
  }
  const counts = new Map<string, number>();
  for (const { reason } of tiers.flatMap((tier) => tier.candidates)) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
  return reasons === "" ? "No endpoint: the route leads to none" : `No endpoint: ${reasons}`;
}
