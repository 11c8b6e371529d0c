import { ERROR_STATUS, GatewayError } from "../core/errors.ts";
import type { Generation } from "./generation.ts";
import type { RequestEnd } from "./record_draft.ts";
import type { CutReason, RequestContext } from "./request_context.ts";

/** What a stream says of its end. */
const TEXTS: Readonly<Record<CutReason, string>> = {
  "invalid_api_key":
    "The API key was revoked. What has arrived is not complete; use a key that the operator of this gateway gave you.",
  "request_cancelled":
    "The operator of this gateway ended the request. What has arrived is not complete; ask the operator before you repeat it.",
  "shutting_down": "The gateway is shutting down. What has arrived is not complete; send the request again.",
};

/**
 * Ends a request wherever it stands and lets its upstream go. A stream that has begun says why in the format's own
 * error event, without an end mark; a WebSocket by its close code; of any other answer the client sees that it is not whole.
 */
export function cutRequest(context: RequestContext, reason: CutReason): void {
  const { exchange, format, facts, id, session } = context;
  context.cutFor ??= reason;
  if (session !== undefined) return session.cut(reason);
  if (exchange.headSent && facts?.stream === true) {
    const error = { status: ERROR_STATUS[reason], code: reason, message: TEXTS[reason], requestId: id };
    exchange.write(format.errorEvent(error));
  }
  exchange.cut();
}

/**
 * An operator ends a request. What has begun ends as by {@link cutRequest}; of what has not, all work stops and
 * {@link cancelAnswer} is due once it has.
 */
export function cancelRequest(context: RequestContext): void {
  context.cutFor ??= "request_cancelled";
  if (context.exchange.headSent) cutRequest(context, "request_cancelled");
  else context.exchange.abandon();
}

/** What the client of a cancelled request is still to be told; undefined: nothing, or it has left. */
export function cancelAnswer(context: RequestContext): GatewayError | undefined {
  const { exchange } = context;
  return exchange.headSent || exchange.gone ? undefined : cancelError(context);
}

/** Why the request goes no further; undefined where nobody cancelled it. */
export function cancelError({ cutFor }: RequestContext): GatewayError | undefined {
  if (cutFor !== "request_cancelled") return undefined;
  const text = "The operator of this gateway ended the request. Ask the operator before you repeat it.";
  return new GatewayError("request_cancelled", text, { shouldRetry: false });
}

/** How a request that was cut ended: not as one whose client left, which is all that its attempts could see. */
export function endOfCut({ cutFor, exchange }: RequestContext, end: RequestEnd): RequestEnd {
  if (cutFor === undefined || end.outcome !== "client_gone") return end;
  return { ...end, outcome: exchange.headSent ? "truncated" : "rejected", error: cutFor };
}

/** Cuts a request whose key a generation does not have any more. */
export function cutIfRevoked(context: RequestContext, { keys }: Generation): void {
  const { caller } = context;
  if (caller === undefined || keys.holds(caller.tenantKey?.reveal(), caller.tenant.name)) return;
  cutRequest(context, "invalid_api_key");
}
