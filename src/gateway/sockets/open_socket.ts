import type { Candidate } from "../../balancing/endpoint.ts";
import { GatewayError } from "../../core/errors.ts";
import type { UpgradeExchange } from "../../core/exchange.ts";
import type { UpstreamRequest } from "../../upstream/request.ts";
import { CLOSE_CODES } from "../../upstream/upgrade/close_frame.ts";
import { attemptUpgrade } from "../../upstream/upgrade/upgrade_attempts.ts";
import type { UpgradeRequest } from "../../upstream/upgrade/upgrade_request.ts";
import { admitRequest } from "../admission/admit_request.ts";
import { RequestAffinity } from "../affinity/request_affinity.ts";
import { tellAttempts } from "../attempt_notices.ts";
import { identifyCaller } from "../callers/identify_caller.ts";
import { readOverrides } from "../facts/overrides.ts";
import { bodilessFacts } from "../facts/request_facts.ts";
import { AttemptsFailed, gatewayHeaders, refuseUngranted, refuseUnrecorded } from "../handle.ts";
import type { RequestEnd } from "../record_draft.ts";
import type { CutReason, RequestContext } from "../request_context.ts";
import type { HandleRoom } from "../room.ts";
import { planFor, planWithin, providerOf } from "../route.ts";
import type { RoutePlan } from "../routing/route_table.ts";
import { handshakeHeaders, keysInProtocols } from "./handshake.ts";
import type { SocketFront } from "./socket_front.ts";
import { SocketQuery } from "./socket_query.ts";

/** Parameters that hold a credential: Gemini's and, for browsers, Azure's. */
const KEY_PARAMETERS = ["key", "api-key"] as const;

/** What a client is told when the gateway itself ends its session. */
const CUTS: Readonly<Record<CutReason, { readonly code: number; readonly reason: string }>> = {
  "invalid_api_key": { code: CLOSE_CODES.policyViolation, reason: "The API key was revoked" },
  "request_cancelled": { code: CLOSE_CODES.policyViolation, reason: "The operator ended the session" },
  "shutting_down": { code: CLOSE_CODES.goingAway, reason: "The gateway is shutting down; connect again" },
};

/** A WebSocket that has a place to go. */
interface SocketRequest {
  readonly exchange: UpgradeExchange;
  readonly front: SocketFront;
  readonly query: SocketQuery;
  readonly plan: RoutePlan;
  /** The model to ask for where a candidate names none. */
  readonly model: string | undefined;
}

/**
 * One WebSocket from its handshake to its end, in the same steps as a plain request. Answers or accepts the client, or
 * throws what it is to be answered with.
 */
export async function openSocket(
  room: HandleRoom,
  context: RequestContext,
  exchange: UpgradeExchange,
  front: SocketFront | undefined,
): Promise<RequestEnd> {
  const { generation, clientAddress } = context;
  if (front === undefined) {
    throw new GatewayError("upgrade_refused", "There are no WebSockets at this path; use plain requests.");
  }
  const query = new SocketQuery(exchange.query);
  const keys = [...keysInProtocols(exchange.headers), ...query.values("api-key")];
  const tenant = identifyCaller(room, context, front, keys);
  refuseUngranted(front, tenant, exchange.path);
  context.overrides = readOverrides(exchange.headers, tenant);
  refuseUnrecorded(room, context);
  const facts = context.facts = bodilessFacts(query.model);
  const routes = generation.tenantRoutes.of(tenant.name);
  const wholePlan = planFor(front, facts.model, tenant, routes);
  const plan = planWithin(wholePlan, context.overrides.pool, facts.model, routes);
  const firstPool = plan.tiers[0]?.candidates[0]?.endpoint.pool ?? "";
  context.route = { name: plan.name, strategy: plan.settingsOf(firstPool).balance.strategy };
  await admitRequest(room, context, { front, facts, plan, tenant, tiers: plan.tiers });
  const { headers } = exchange;
  const affinity = new RequestAffinity(room, { plan, tenant: tenant.name, clientAddress, headers, facts });
  const request = { exchange, front, query, plan, model: plan.model ?? facts.model };
  const asked = upgradeRequest(context, request, affinity);
  const { result, session } = await attemptUpgrade({ ...room, shared: room.attempts, providerOf }, asked);
  affinity.measure(result);
  tellAttempts(room.notices, result, plan);
  if (result.error !== undefined) throw new AttemptsFailed(result.error, result);
  const { status, outcome, errorCode: error } = result;
  const end = { status, outcome, error, result, capture: undefined };
  if (session === undefined) return end;
  return { ...end, sentBytes: session.fromClientBytes, receivedBytes: session.fromUpstreamBytes };
}

function upgradeRequest(
  context: RequestContext,
  { exchange, front, query, plan, model }: SocketRequest,
  affinity: RequestAffinity,
): UpgradeRequest {
  const { generation, caller, overrides } = context;
  const mode = front.kind === "proxy" ? "proxy" : "api";
  const settings = plan.settingsOf(plan.tiers[0]?.candidates[0]?.endpoint.pool ?? "");
  const headers = handshakeHeaders(exchange.headers, mode);
  return {
    ...{ exchange, mode, model, affinity },
    path: front.path,
    requestFor: (candidate) => requestFor(candidate, { front, query, model, headers }),
    estimate: bodilessFacts(model).estimate,
    tiers: plan.tiers,
    maxAttempts: settings.retry.attempts,
    budgetFor(pool) {
      const { budgetShare, budgetFloorPerSecond } = plan.settingsOf(pool).retry;
      return { share: budgetShare, floorPerSecond: budgetFloorPerSecond };
    },
    waitMs: settings.retry.waitMs,
    deadlineMs: overrides.deadlineMs,
    deadlinesFor: ({ endpoint }) => plan.settingsOf(endpoint.pool).deadlines,
    idleMsFor: ({ endpoint }) => plan.settingsOf(endpoint.pool).deadlines.socketIdleMs,
    errorRulesOf: (pool) => generation.routes.errorRulesOf(pool),
    startedMs: context.startedAtMs,
    clientKey: caller?.ownCredential,
    headersFor: (candidate, attempts) => gatewayHeaders(context, candidate, attempts, model),
    opened(relay) {
      context.session = {
        cut(reason) {
          const { code, reason: text } = CUTS[reason];
          relay.close(code, text);
        },
      };
    },
  };
}

/** The request as a candidate gets it: with its name of the model in the query, except where the path is not ours to know. */
function requestFor(
  candidate: Candidate,
  { front, query, model, headers }: Pick<SocketRequest, "front" | "query" | "model"> & {
    readonly headers: UpstreamRequest["headers"];
  },
): UpstreamRequest {
  const wanted = candidate.model ?? model;
  const renames = front.pathClass === "inference" || query.model !== undefined;
  return {
    method: "GET",
    path: front.path,
    query: query.text(renames ? wanted : undefined, KEY_PARAMETERS),
    headers,
    body: { kind: "none" },
    stream: false,
    model,
  };
}
