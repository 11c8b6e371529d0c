import type { Candidate } from "../balancing/endpoint.ts";
import type { Tier } from "../balancing/tier.ts";
import { GatewayError } from "../core/errors.ts";
import type { HeaderFields } from "../core/exchange.ts";
import { Capture } from "../recording/capture.ts";
import { isGranted } from "../tenants/grants.ts";
import type { Tenant } from "../tenants/tenant.ts";
import { attempt, type AttemptsRequest, type AttemptsResult } from "../upstream/attempts.ts";
import type { AttemptsAffinity } from "../upstream/attempts_request.ts";
import { requestHeaders } from "../upstream/headers.ts";
import type { UpstreamRequest } from "../upstream/request.ts";
import { upstreamModel } from "../upstream/transport/upstream_model.ts";
import { usageFlagFor } from "./accounting/usage_flag_for.ts";
import { anyServes } from "../upstream/translation/way.ts";
import { answerAccountList, keepNewObjects } from "./account/account_answer.ts";
import { listsAccount } from "./account/account_request.ts";
import { HomeAffinity } from "./account/home_affinity.ts";
import { type PlannedRequest, requestTiers } from "./account/request_tiers.ts";
import { RequestAffinity } from "./affinity/request_affinity.ts";
import { tellAttempts } from "./attempt_notices.ts";
import { admitRequest } from "./admission/admit_request.ts";
import { queryWithoutKey } from "./authenticate.ts";
import { identifyCaller } from "./callers/identify_caller.ts";
import { cancelError } from "./cut_request.ts";
import { type Front, requestIdField } from "./facts/front.ts";
import { readOverrides } from "./facts/overrides.ts";
import { readFacts } from "./facts/request_facts.ts";
import { holdAnswer } from "./account/held_exchange.ts";
import { answerBilling, billingQuestion } from "./own_answers/billing.ts";
import { answerModels } from "./own_answers/models_list.ts";
import type { RequestEnd } from "./record_draft.ts";
import { recordsOf, type RequestContext } from "./request_context.ts";
import type { HandleRoom } from "./room.ts";
import { planFor, planWithin, providerOf } from "./route.ts";
import { answerTokenEstimate } from "./own_answers/token_estimate.ts";

/** Most bytes of an answer that are captured for its record; a longer one is described only. */
const MAX_CAPTURE_BYTES = 32 * 1024 * 1024;

/** A front that an upstream answers. */
type UpstreamFront = Exclude<Front, { kind: "models" }>;

/**
 * One request, in the order of its steps. Answers the client, or throws what it is to be answered with. Resolves
 * to how the request ended; undefined for what the gateway answered itself and nobody need remember.
 */
export async function handle(
  room: HandleRoom,
  context: RequestContext,
  front: Front | undefined,
): Promise<RequestEnd | undefined> {
  const { exchange, generation } = context;
  const question = billingQuestion(exchange);
  if (question !== undefined) return await answerBilling(room, context, question);
  if (front === undefined) {
    throw new GatewayError("not_found", "There is nothing at this path. The API is under /v1.");
  }
  const tenant = identifyCaller(room, context, front);
  refuseUngranted(front, tenant, exchange.path);
  if (front.kind === "models") return answerModels(context, tenant, front);
  context.overrides = readOverrides(exchange.headers, tenant);
  refuseUnrecorded(room, context);
  const { bodyBudget } = room;
  // What could never find room is too large, not early.
  const maxBytes = Math.min(generation.config.body.maxBytes, bodyBudget.limitBytes);
  const limits = { maxBytes, budget: bodyBudget };
  const facts = context.facts = await readFacts(exchange, front, limits);
  const cancelled = cancelError(context);
  if (cancelled !== undefined) throw cancelled;
  const routes = generation.tenantRoutes.of(tenant.name);
  const wholePlan = planFor(front, facts.model, tenant, routes);
  const plan = planWithin(wholePlan, context.overrides.pool, facts.model, routes);
  const firstPool = plan.tiers[0]?.candidates[0]?.endpoint.pool ?? "";
  context.progress.pool = firstPool;
  context.route = { name: plan.name, strategy: plan.settingsOf(firstPool).balance.strategy };
  const planned = { front, facts, plan, tenant };
  const tiers = await requestTiers(room, generation, planned);
  if (front.format.tokenCount !== undefined && !front.isOpaque) {
    const wanted = { format: front.format, method: exchange.method, path: front.path };
    if (!anyServes(tiers, wanted, providerOf)) return answerTokenEstimate(context, front, facts);
  }
  await admitRequest(room, context, { ...planned, tiers });
  return await answerFromUpstream(room, context, { ...planned, tiers });
}

/** Throws `GatewayError` `path_not_allowed` where the tenant may not use the path. */
export function refuseUngranted(front: Front, tenant: Tenant, path: string): void {
  const pathClass = front.kind === "models"
    ? "inference"
    : front.kind === "proxy"
    ? "proxy"
    : front.pathClass;
  if (isGranted(tenant.grants, pathClass, path)) return;
  throw new GatewayError(
    "path_not_allowed",
    "Your API key may not use this path. Ask the operator to grant it (the tenant's 'paths').",
  );
}

/** Throws `GatewayError` `overloaded` where the request must be recorded and cannot be. */
export function refuseUnrecorded(room: HandleRoom, context: RequestContext): void {
  if (recordsOf(context) === "off" || room.recorder?.refusing !== true) return;
  throw new GatewayError(
    "overloaded",
    "Requests must be recorded here and the records cannot be written now. Try again later, or tell the operator.",
    { retryAfterMs: 30_000 },
  );
}

/** A request that is ready to go out. */
interface ReadyRequest extends PlannedRequest {
  readonly tiers: readonly Tier[];
}

async function answerFromUpstream(
  room: HandleRoom,
  context: RequestContext,
  ready: ReadyRequest,
): Promise<RequestEnd> {
  const { front, tenant } = ready;
  const remembers = front.pathClass === "account" || front.format.type === "openai_responses";
  const capture = new Capture(
    room.captureBudget,
    recordsOf(context) === "full" || remembers ? MAX_CAPTURE_BYTES : 0,
  );
  context.progress.capture = capture;
  const isList = front.pathClass === "account" && listsAccount(context.exchange.method, front.path);
  const held = isList ? holdAnswer(context.exchange) : undefined;
  const { clientAddress, exchange: { headers } } = context;
  const { plan, facts } = ready;
  const belonging = new RequestAffinity(room, { plan, tenant: tenant.name, clientAddress, headers, facts });
  const affinity = front.pathClass === "account" ? new HomeAffinity(tenant.name, room.digest) : belonging;
  const asked = attemptsRequest(context, ready, { capture, affinity });
  const result = await attempt(
    { ...room, shared: room.attempts, providerOf },
    held === undefined ? asked : { ...asked, exchange: held },
  );
  belonging.measure(result);
  tellAttempts(room.notices, result, plan);
  if (result.error !== undefined) throw new AttemptsFailed(result.error, result);
  if (held !== undefined) await answerAccountList(context.exchange, held, tenant, room.pins);
  if (remembers) keepNewObjects(result, capture, { ...room, tenant, format: front.format });
  return { status: result.status, outcome: result.outcome, error: result.errorCode, result, capture };
}

/** Nothing worked, and nothing was sent: the error to answer with, and what was tried. */
export class AttemptsFailed extends Error {
  override readonly name = "AttemptsFailed";
  readonly answer: GatewayError;
  readonly result: AttemptsResult;

  constructor(answer: GatewayError, result: AttemptsResult) {
    super(answer.message);
    this.answer = answer;
    this.result = result;
  }
}

function attemptsRequest(
  context: RequestContext,
  ready: ReadyRequest,
  { capture, affinity }: { capture: Capture; affinity: AttemptsAffinity },
): AttemptsRequest {
  const { exchange, generation, caller } = context;
  const { front, plan, tiers, facts, tenant } = ready;
  const settings = plan.settingsOf(tiers[0]?.candidates[0]?.endpoint.pool ?? "");
  return {
    exchange,
    request: upstreamRequest(context, ready),
    estimate: facts.estimate,
    format: front.isOpaque ? undefined : front.format,
    mode: front.kind === "proxy" ? "proxy" : "api",
    tiers,
    maxAttempts: settings.retry.attempts,
    budgetFor: (pool) => {
      const { budgetShare, budgetFloorPerSecond } = plan.settingsOf(pool).retry;
      return { share: budgetShare, floorPerSecond: budgetFloorPerSecond };
    },
    waitMs: settings.retry.waitMs,
    deadlineMs: context.overrides.deadlineMs,
    commit: settings.commit,
    overloadAsLimit: settings.retry.overloadAs === 429 && front.format.type === "openai_responses",
    hold: settings.streams,
    deadlinesFor: ({ endpoint }) => {
      const { deadlines } = plan.settingsOf(endpoint.pool);
      return facts.stream ? deadlines : { ...deadlines, headersMs: deadlines.headersUnstreamedMs };
    },
    errorRulesOf: (pool) => generation.routes.errorRulesOf(pool),
    requestId: context.id,
    tenant: tenant.name,
    tenantPriority: tenant.priority,
    startedMs: context.startedAtMs,
    capture,
    began: ({ endpoint }) => {
      context.progress.endpoint = endpoint;
      context.progress.attempts++;
    },
    clientKey: caller?.ownCredential,
    affinity,
    drainOf: (pool) => generation.routes.drainOf(pool),
    attemptEnded: context.account.ended,
    headersFor: (candidate, attempts) =>
      gatewayHeaders(context, candidate, attempts, plan.model ?? facts.model),
  };
}

function upstreamRequest(
  { exchange, generation, id, startedMs, clientAddress }: RequestContext,
  { front, facts, plan, tenant }: ReadyRequest,
): UpstreamRequest {
  const headers = requestHeaders(exchange.headers, front.kind === "proxy" ? "proxy" : "api");
  if (facts.decoded) delete headers["content-encoding"];
  return {
    method: exchange.method,
    path: front.path,
    query: queryWithoutKey(exchange.query),
    headers,
    body: facts.body,
    stream: facts.stream,
    model: plan.model ?? facts.model,
    written: facts.written ?? (facts.model === undefined ? undefined : ""),
    pathModel: front.format.pathModel,
    usageFlag: generation.config.usage.inject ? usageFlagFor(front, facts) : undefined,
    azure: front.dialect === "azure",
    edited: {
      format: front.isOpaque ? undefined : front.format.type,
      hasParameters: front.pathClass === "inference" && facts.json !== undefined,
      ...{ clientAddress, tenant: tenant.name, requestId: id, timeMs: startedMs },
    },
  };
}

/** The gateway's own fields of an answer; without a candidate only the request's id. */
export function gatewayHeaders(
  context: RequestContext,
  candidate: Candidate | undefined,
  attempts: number,
  model: string | undefined,
): HeaderFields {
  const headers: HeaderFields = {
    ...{ "x-request-id": context.id, [requestIdField(context.format)]: context.id },
    ...context.admission?.fields(),
  };
  if (candidate === undefined) return headers;
  const { endpoint } = candidate;
  headers["x-tidegate-attempts"] = String(attempts);
  headers["x-tidegate-upstream"] = context.caller?.tenant.debug === true
    ? `${endpoint.id}; pool=${endpoint.pool}; upstream=${endpoint.upstream.name}; key=${
      typeof endpoint.key === "object" ? endpoint.key.fingerprint : "none"
    }`
    : endpoint.id;
  if (endpoint.provider === "simulated") headers["x-tidegate-simulated"] = "true";
  const asked = upstreamModel(candidate, model);
  if (asked !== undefined && /^[\x20-\x7e]{1,200}$/.test(asked)) headers["x-tidegate-model"] = asked;
  return headers;
}
