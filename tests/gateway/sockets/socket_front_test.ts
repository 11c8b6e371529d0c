import assert from "node:assert/strict";
import { socketFrontOf } from "../../../src/gateway/sockets/socket_front.ts";

Deno.test("WebSockets are offered at the realtime paths and below a proxy's name, nowhere else", () => {
  const offered = [
    ["/v1/realtime", "format", "inference", "/v1/realtime"],
    ["/v1/realtime/translations", "format", "inference", "/v1/realtime/translations"],
    ["/openai/v1/realtime", "format", "inference", "/v1/realtime"],
    ["/openai/realtime", "format", "inference", "/v1/realtime"],
    ["/proxy/pool/v1/realtime", "proxy", "inference", "/v1/realtime"],
    ["/proxy/pool/openai/realtime", "proxy", "inference", "/openai/realtime"],
    ["/proxy/pool/ws/google.Live", "proxy", "proxy", "/ws/google.Live"],
    ["/proxy/pool/", "proxy", "proxy", "/"],
  ];
  for (const [path = "", kind, pathClass, upstreamPath] of offered) {
    const front = socketFrontOf(path);
    assert.deepEqual([front?.kind, front?.pathClass, front?.path], [kind, pathClass, upstreamPath], path);
  }
  for (
    const path of [
      "/v1/responses",
      "/v1/realtime2",
      "/openai/files",
      "/ws/x",
      "/proxy/pool",
      "/proxy//x",
      "/",
    ]
  ) {
    assert.equal(socketFrontOf(path), undefined, path);
  }
});
