import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { Deadlines } from "../../../../src/server/listener/connections/deadlines.ts";
import { IdleConnections } from "../../../../src/server/listener/connections/idle_connections.ts";
import { fakeRuntime } from "../../../support/fake_runtime.ts";

function setup() {
  const runtime = fakeRuntime();
  const idle = new IdleConnections(new Deadlines(runtime, 1_000), 65_000);
  // Only told apart, never looked into.
  const answer = () => ({}) as ServerResponse;
  return { runtime, idle, socket: new PassThrough(), answer };
}

Deno.test("a connection is closed once it has idled for its time after an answer, and not before", () => {
  const { runtime, idle, socket, answer } = setup();
  assert.equal(idle.hint, "timeout=65");
  const first = answer();
  idle.asked(socket, first);
  runtime.advance(600_000);
  assert.equal(socket.destroyed, false, "an answer may take long");
  idle.answered(socket, first);
  runtime.advance(64_000);
  assert.equal(socket.destroyed, false);
  runtime.advance(2_001);
  assert.equal(socket.destroyed, true);
});

Deno.test("the next request in time keeps it, and only the end of the newest answer begins its time", () => {
  const { runtime, idle, socket, answer } = setup();
  const [first, second] = [answer(), answer()];
  idle.asked(socket, first);
  idle.answered(socket, first);
  runtime.advance(60_000);
  idle.asked(socket, second);
  assert.equal(idle.newest(socket), second);
  idle.answered(socket, first);
  runtime.advance(600_000);
  assert.equal(socket.destroyed, false, "the second is not answered yet");
  idle.answered(socket, second);
  runtime.advance(66_001);
  assert.equal(socket.destroyed, true);
});

Deno.test("one that became something else, or was closed, is left alone", () => {
  const { runtime, idle, socket, answer } = setup();
  const first = answer();
  idle.asked(socket, first);
  idle.answered(socket, first);
  idle.busy(socket);
  runtime.advance(600_000);
  assert.equal(socket.destroyed, false);
  socket.destroy();
  idle.answered(socket, first);
  runtime.advance(600_000);
});
