import type { HeaderFields } from "../../core/exchange.ts";
import type { RequestContext } from "../request_context.ts";

/** Sends an answer that the gateway gives itself, with status 200; `more`: header fields beside the usual ones. */
export function sendJson(
  { exchange, id }: Pick<RequestContext, "exchange" | "id">,
  answer: unknown,
  more: HeaderFields = {},
): undefined {
  const body = new TextEncoder().encode(JSON.stringify(answer));
  exchange.head(200, {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(body.length),
    "cache-control": "no-store",
    "x-request-id": id,
    ...more,
  });
  exchange.end(body);
}
