import assert from "node:assert/strict";
import { handshakeHeaders, keysInProtocols } from "../../../src/gateway/sockets/handshake.ts";

Deno.test("keys among the subprotocols are found, in one field or several", () => {
  assert.deepEqual(keysInProtocols({}), []);
  assert.deepEqual(keysInProtocols({ "sec-websocket-protocol": "realtime" }), []);
  const text = "realtime, openai-insecure-api-key.sk-1,openai-beta.realtime-v1";
  assert.deepEqual(keysInProtocols({ "sec-websocket-protocol": text }), ["sk-1"]);
  const fields = ["openai-insecure-api-key.sk-1", "openai-insecure-api-key.sk-2"];
  assert.deepEqual(keysInProtocols({ "sec-websocket-protocol": fields }), ["sk-1", "sk-2"]);
});

Deno.test("the handshake's own fields pass; key, account and origin do not, whatever the mode", () => {
  for (const mode of ["api", "proxy"] as const) {
    const sent = handshakeHeaders({
      connection: "Upgrade",
      upgrade: "websocket",
      origin: "https://page.example",
      cookie: "a=b",
      "sec-fetch-site": "cross-site",
      "sec-websocket-key": "k",
      "sec-websocket-version": "13",
      "sec-websocket-extensions": "permessage-deflate",
      "sec-websocket-protocol": "realtime, openai-insecure-api-key.sk-1, openai-project.p, openai-beta.x",
      "openai-beta": "realtime=v1",
    }, mode);
    assert.deepEqual(sent, {
      "openai-beta": "realtime=v1",
      "sec-websocket-key": "k",
      "sec-websocket-version": "13",
      "sec-websocket-extensions": "permessage-deflate",
      "sec-websocket-protocol": "realtime, openai-beta.x",
    });
  }
});

Deno.test("where the key was all that was offered no subprotocol is", () => {
  const headers = { "sec-websocket-protocol": "openai-insecure-api-key.sk-1" };
  assert.equal(handshakeHeaders(headers, "proxy")["sec-websocket-protocol"], undefined);
});
