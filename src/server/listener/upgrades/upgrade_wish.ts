import { type HeaderFields, headerValue } from "../../../core/exchange.ts";

/** A request's head, as far as it says whether the client wants another protocol. */
export interface RequestHead {
  readonly method: string;
  readonly httpVersion: string;
  readonly headers: HeaderFields;
}

/** Whether the client asks for a WebSocket, well or badly. Other upgrades (`h2c`, which Java's client always asks for) may be ignored and answered in HTTP/1.1. */
export function wantsWebSocket(headers: HeaderFields): boolean {
  return headerValue(headers, "upgrade")?.toLowerCase().includes("websocket") ?? false;
}

/**
 * Whether a request for a WebSocket can be taken up (RFC 6455 §4.1): of a request with a body nobody could say where
 * the body ends and the other protocol begins.
 */
export function mayBecomeWebSocket({ method, httpVersion, headers }: RequestHead): boolean {
  const { upgrade } = headers;
  const offered = typeof upgrade === "string" ? upgrade.toLowerCase().split(",") : [];
  return method === "GET" && httpVersion === "1.1" &&
    offered.some((protocol) => protocol.trim() === "websocket") &&
    headers["content-length"] === undefined && headers["transfer-encoding"] === undefined;
}
