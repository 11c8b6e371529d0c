import type { Tier } from "../../balancing/tier.ts";
import type { Exchange } from "../../core/exchange.ts";
import type { PlannedRequest } from "../account/request_tiers.ts";
import type { RequestContext } from "../request_context.ts";
import type { HandleRoom } from "../room.ts";
import { dearestPrice } from "./request_price.ts";
import { RequestAdmission } from "./request_admission.ts";

/**
 * Reserves what the request may cost in every limit of its tenant, its key and its model: see
 * {@link RequestAdmission.enter}. What it gets is in the context; nothing where nothing limits the request.
 */
export async function admitRequest(
  { admissions }: HandleRoom,
  context: RequestContext,
  { front, facts, plan, tiers, tenant }: PlannedRequest & { readonly tiers: readonly Tier[] },
): Promise<void> {
  const { exchange, caller, generation, overrides, startedMs, startedAtMs, format } = context;
  const scopes = generation.limits.scopesOf(tenant.name, caller?.fingerprint ?? "", facts.model);
  if (scopes === undefined) return;
  const admission = context.admission = new RequestAdmission(
    admissions,
    scopes,
    format.type.startsWith("anthropic"),
  );
  const { inputTokens, outputTokens } = facts.estimate;
  const isAccount = front.pathClass === "account";
  const hasBudget = !isAccount && scopes.scopes.some(({ limits }) => limits.budget !== undefined);
  const asked = { model: plan.model ?? facts.model, estimate: facts.estimate };
  await admission.enter({
    tenant: tenant.name,
    cost: {
      // A list of files costs no tokens; what a batch costs is the vendor's to tell.
      tokens: isAccount ? 0 : inputTokens + outputTokens,
      usdMicros: hasBudget
        ? dearestPrice(tiers, { ...asked, tenant: tenant.name, timeMs: startedMs }, generation.prices)
        : 0,
      bytes: bodyBytes(context),
    },
    deadlineMs: overrides.deadlineMs === undefined ? undefined : startedAtMs + overrides.deadlineMs,
    signal: scopes.queue === undefined ? NEVER : leftSignal(exchange),
  });
}

/** Of requests that never wait. */
const NEVER = new AbortController().signal;

function leftSignal(exchange: Exchange): AbortSignal {
  const left = new AbortController();
  exchange.onGone(() => left.abort());
  return left.signal;
}

/** How a request ended; with the bytes of both directions where it was a WebSocket. */
interface EndedRequest {
  readonly capture: { readonly sizeBytes: number } | undefined;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

/** The request's limits learn how it ended; to be called once, when its last byte is out. */
export function endAdmission(
  context: RequestContext,
  end: EndedRequest | undefined,
): void {
  const { sentBytes = bodyBytes(context), receivedBytes = end?.capture?.sizeBytes ?? 0 } = end ?? {};
  const accounted = !context.account.isEmpty;
  context.admission?.end({
    // What goes by in a WebSocket nobody reads, and so nobody tells what it cost.
    asked: accounted || end?.sentBytes !== undefined,
    accounted,
    bytes: sentBytes + receivedBytes,
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
