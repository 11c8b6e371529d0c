import assert from "node:assert/strict";
import { mayBecomeWebSocket, wantsWebSocket } from "../../../../src/server/listener/upgrades/upgrade_wish.ts";

const GET = { method: "GET", httpVersion: "1.1" };

Deno.test("a GET for a WebSocket may be taken up, however its field is spelt", () => {
  for (const upgrade of ["websocket", "WebSocket", "h2c, websocket"]) {
    assert.equal(mayBecomeWebSocket({ ...GET, headers: { upgrade } }), true, upgrade);
  }
});

Deno.test("one with a body, of another method or version, or told twice may not, and is known for what it wants", () => {
  const upgrade = "websocket";
  const heads = [
    { ...GET, method: "POST", headers: { upgrade } },
    { ...GET, httpVersion: "1.0", headers: { upgrade } },
    { ...GET, headers: { upgrade, "content-length": "0" } },
    { ...GET, headers: { upgrade, "transfer-encoding": "chunked" } },
    { ...GET, headers: { upgrade: ["websocket", "websocket"] } },
    { ...GET, headers: { upgrade: "websockets" } },
  ];
  for (const head of heads) {
    assert.equal(mayBecomeWebSocket(head), false);
    assert.equal(wantsWebSocket(head.headers), true);
  }
  assert.equal(wantsWebSocket({ upgrade: "h2c" }), false);
  assert.equal(wantsWebSocket({}), false);
});
