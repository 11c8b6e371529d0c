import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { sendAnswer } from "../../../src/providers/simulated/send_answer.ts";
import { dataEvent } from "../../../src/providers/simulated/answer.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

/** A response whose client takes nothing until told. */
class FullResponse extends EventEmitter {
  readonly written: string[] = [];
  ended = false;
  destroyed = false;
  writeHead(): void {}
  write(text: string): boolean {
    this.written.push(text);
    return false;
  }
  end(): void {
    this.ended = true;
  }
}

Deno.test("a client that reads slowly slows the stream: nothing is made ahead of it", () => {
  const response = new FullResponse();
  let made = 0;
  const events = (function* () {
    for (; made < 5; made++) yield dataEvent(String(made), 1);
  })();
  const pace = { runtime: fakeRuntime(), tokensPerSecond: undefined, cut: false };
  // Only what FullResponse has is used of a ServerResponse, which cannot be made without a socket.
  sendAnswer(response as unknown as ServerResponse, {}, { kind: "events", events }, pace);
  for (let taken = 1; taken <= 5; taken++) {
    assert.equal(response.written.length, taken);
    assert.ok(made <= taken, `${made} made, ${taken} taken`);
    assert.equal(response.ended, false);
    response.emit("drain");
  }
  assert.equal(response.ended, true);
});

Deno.test("a stream whose client has left writes no more", () => {
  const response = new FullResponse();
  const runtime = fakeRuntime();
  const events = [dataEvent("1", 1), dataEvent("2", 1)];
  // As above.
  sendAnswer(response as unknown as ServerResponse, {}, { kind: "events", events }, {
    runtime,
    tokensPerSecond: 1,
    cut: false,
  });
  response.destroyed = true;
  response.emit("drain");
  response.emit("close");
  runtime.advance(10_000);
  assert.deepEqual([response.written.length, response.ended], [1, false]);
});
