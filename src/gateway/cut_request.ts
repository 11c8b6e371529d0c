import { ERROR_STATUS } from "../core/errors.ts";
import type { RequestEnd } from "./record_draft.ts";
import type { CutReason, RequestContext } from "./request_context.ts";

/** What a stream says of its end. */
const TEXTS: Readonly<Record<CutReason, string>> = {
  "invalid_api_key":
    "The API key was revoked. What has arrived is not complete; use a key that the operator of this gateway gave you.",
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

/** How a request that was cut ended: not as one whose client left, which is all that its attempts could see. */
export function endOfCut({ cutFor, exchange }: RequestContext, end: RequestEnd): RequestEnd {
  if (cutFor === undefined || end.outcome !== "client_gone") return end;
  return { ...end, outcome: exchange.headSent ? "truncated" : "rejected", error: cutFor };
}
