import type { HeaderFields } from "../../core/exchange.ts";
import { type HeaderMode, requestHeaders } from "../../upstream/headers.ts";

/**
 * Browsers cannot set header fields on a WebSocket, so OpenAI lets the key ride among the subprotocols
 * (developers.openai.com, Realtime API with WebSocket).
 */
const KEY_PROTOCOL = "openai-insecure-api-key.";

/** Subprotocols that say whose account it is: never sent on, as the header fields of the same meaning. */
const ACCOUNT_PROTOCOLS = [KEY_PROTOCOL, "openai-organization.", "openai-project."];

/** Credentials among the subprotocols that a client offers. */
export function keysInProtocols(headers: HeaderFields): string[] {
  return offeredProtocols(headers).filter((protocol) => protocol.startsWith(KEY_PROTOCOL))
    .map((protocol) => protocol.slice(KEY_PROTOCOL.length));
}

/**
 * The client's fields that may go to an upstream with a WebSocket, its handshake's among them (RFC 6455 §4.1): the
 * peers speak with each other, so that key, version and extensions are theirs to agree on.
 */
export function handshakeHeaders(headers: HeaderFields, mode: HeaderMode): HeaderFields {
  const sent = requestHeaders(headers, mode);
  delete sent["origin"];
  for (const name of ["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"]) {
    if (headers[name] !== undefined) sent[name] = headers[name];
  }
  const protocols = offeredProtocols(headers).filter((protocol) =>
    !ACCOUNT_PROTOCOLS.some((prefix) => protocol.startsWith(prefix))
  );
  if (protocols.length > 0) sent["sec-websocket-protocol"] = protocols.join(", ");
  else delete sent["sec-websocket-protocol"];
  return sent;
}

function offeredProtocols(headers: HeaderFields): string[] {
  const value = headers["sec-websocket-protocol"];
  const text = Array.isArray(value) ? value.join(",") : value ?? "";
  return text.split(",").map((protocol) => protocol.trim()).filter((protocol) => protocol !== "");
}
