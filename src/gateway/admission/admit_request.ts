import type { Tier } from "../../balancing/tier.ts";
import type { AnswerFacts } from "../../core/answer.ts";
import { GatewayError } from "../../core/errors.ts";
import { usdMicrosOf } from "../../limits/token_price.ts";
import type { Capture } from "../../recording/capture.ts";
import type { AttemptsResult } from "../../upstream/attempts.ts";
import type { PlannedRequest } from "../account/request_tiers.ts";
import { authenticate, type Caller } from "../authenticate.ts";
import type { RequestContext } from "../request_context.ts";
import type { HandleRoom } from "../room.ts";
import { dearestPrice } from "./request_price.ts";
import { RequestAdmission } from "./request_admission.ts";

/** Who is calling; see {@link authenticate}. An address that sent too many wrong keys is told to wait: 429 `rate_limited`. */
export function authenticateCaller(
  room: Pick<HandleRoom, "admissions" | "runtime">,
  context: RequestContext,
): Caller {
  const { exchange, generation, clientAddress } = context;
  try {
    return authenticate(exchange, generation.keys);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "invalid_api_key") throw error;
    const waitMs = room.admissions.logins.failed(clientAddress, room.runtime.monotonic());
    if (waitMs === 0) throw error;
    throw new GatewayError(
      "rate_limited",
      "Too many wrong API keys came from your address. Try again later, with a key that the operator of this gateway gave you.",
      { retryAfterMs: waitMs },
    );
  }
}

/**
 * Reserves what the request may cost in every limit of its tenant, its key and its model: see
 * {@link RequestAdmission.enter}. What it gets is in the context; nothing where nothing limits the request.
 */
export async function admitRequest(
  { admissions, prices }: HandleRoom,
  context: RequestContext,
  { front, facts, plan, tiers, tenant }: PlannedRequest & { readonly tiers: readonly Tier[] },
): Promise<void> {
  const { exchange, caller, generation, overrides, startedAtMs, format } = context;
  const scopes = generation.limits.scopesOf(tenant.name, caller?.tenantKey.reveal() ?? "", facts.model);
  if (scopes === undefined) return;
  const admission = context.admission = new RequestAdmission(
    admissions,
    scopes,
    format.type.startsWith("anthropic"),
  );
  const { inputTokens, outputTokens } = facts.estimate;
  const isAccount = front.pathClass === "account";
  const hasBudget = !isAccount && scopes.scopes.some(({ limits }) => limits.budget !== undefined);
  const left = new AbortController();
  if (scopes.queue !== undefined) exchange.onGone(() => left.abort());
  await admission.enter({
    tenant: tenant.name,
    cost: {
      // A list of files costs no tokens; what a batch costs is the vendor's to tell.
      tokens: isAccount ? 0 : inputTokens + outputTokens,
      usdMicros: hasBudget ? dearestPrice(tiers, plan.model ?? facts.model, facts.estimate, prices) : 0,
      bytes: bodyBytes(context),
    },
    deadlineMs: overrides.deadlineMs === undefined ? undefined : startedAtMs + overrides.deadlineMs,
    signal: left.signal,
  });
}

/** The request's limits learn how it ended; to be called once, when its last byte is out. */
export function endAdmission(
  context: RequestContext,
  end: { readonly result: AttemptsResult | undefined; readonly capture: Capture | undefined } | undefined,
): void {
  context.admission?.end({
    asked: (end?.result?.records.length ?? 0) > 0,
    bytes: bodyBytes(context) + (end?.capture?.sizeBytes ?? 0),
  });
}

/** The request's limits learn what its answer cost, as the vendor reports it. */
export function settleAdmission(
  { admission, facts: asked }: RequestContext,
  { usage }: AnswerFacts,
  result: AttemptsResult | undefined,
  prices: HandleRoom["prices"],
): void {
  if (admission === undefined || usage === undefined) return;
  const { inputTokens, outputTokens } = usage;
  const candidate = result?.candidate;
  const model = candidate?.model ?? asked?.model;
  const price = candidate === undefined || model === undefined
    ? undefined
    : prices?.(model, candidate.endpoint.pool);
  admission.settle({
    tokens: inputTokens + outputTokens,
    usdMicros: price && usdMicrosOf(price, inputTokens, outputTokens),
  });
}

function bodyBytes({ facts }: RequestContext): number {
  switch (facts?.captured.kind) {
    case "json":
      return facts.captured.bytes.length;
    case "opaque":
      return facts.captured.sizeBytes;
    default:
      return 0;
  }
}
