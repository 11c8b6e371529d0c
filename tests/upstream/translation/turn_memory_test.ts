import assert from "node:assert/strict";
import type { ChatPart, ChatRequest } from "../../../src/core/chat.ts";
import { TurnMemory } from "../../../src/upstream/translation/turn_memory.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const SIGNATURE = { format: "anthropic_messages", value: "sig" };
const THOUGHT: ChatPart = { kind: "reasoning", text: "Let me look.", signature: SIGNATURE };
const CALL: ChatPart = { kind: "tool_call", id: "call_1", name: "look", arguments: "{}" };

function requestWith(...parts: ChatPart[]): ChatRequest {
  const turns = [{ role: "assistant" as const, parts }];
  return { model: "m", stream: false, streamUsage: true, system: [], tools: [], turns };
}

Deno.test("thoughts and signatures that a client dropped come back before the call they stood with", () => {
  const memory = new TurnMemory(fakeRuntime());
  memory.remember("web", "call_1", {
    reasoning: [THOUGHT],
    signature: { format: "gemini_generate", value: "g" },
  });
  const [turn] = memory.recall("web", requestWith({ kind: "text", text: "Hm." }, CALL)).turns;
  assert.deepEqual(turn?.parts, [
    THOUGHT,
    { kind: "text", text: "Hm." },
    { ...CALL, signature: { format: "gemini_generate", value: "g" } },
  ]);
});

Deno.test("readable thoughts without their signature give way to those with it, signed ones stay", () => {
  const memory = new TurnMemory(fakeRuntime());
  memory.remember("web", "call_1", { reasoning: [THOUGHT], signature: undefined });
  const plain = requestWith({ kind: "reasoning", text: "Let me look." }, CALL);
  assert.deepEqual(memory.recall("web", plain).turns[0]?.parts, [THOUGHT, CALL]);
  const signed = requestWith({ kind: "reasoning", text: "x", signature: SIGNATURE }, CALL);
  assert.equal(memory.recall("web", signed), signed);
});

Deno.test("thoughts that nobody signed come back only where the upstream wants them, and never over the client's own", () => {
  const memory = new TurnMemory(fakeRuntime());
  const unsigned = { ...THOUGHT, signature: undefined };
  memory.remember("web", "call_1", { reasoning: [unsigned], signature: undefined });
  const without = requestWith(CALL);
  assert.equal(memory.recall("web", without), without);
  assert.deepEqual(memory.recall("web", without, true).turns[0]?.parts, [unsigned, CALL]);
  const own = requestWith({ kind: "reasoning", text: "Mine." }, CALL);
  assert.equal(memory.recall("web", own, true), own);
});

Deno.test("calls whose ids are counted up are not remembered: another conversation has the same ones", () => {
  const memory = new TurnMemory(fakeRuntime());
  memory.remember("web", "functions.look:0", { reasoning: [THOUGHT], signature: undefined });
  const request = requestWith({ ...CALL, id: "functions.look:0" });
  assert.equal(memory.recall("web", request), request);
});

Deno.test("one tenant's thoughts are no other's, and an hour later nobody's", () => {
  const runtime = fakeRuntime();
  const memory = new TurnMemory(runtime);
  memory.remember("web", "call_1", { reasoning: [THOUGHT], signature: undefined });
  const request = requestWith(CALL);
  assert.equal(memory.recall("other", request), request);
  runtime.advance(3_600_001);
  assert.equal(memory.recall("web", request), request);
});

Deno.test("calls without company and thoughts beyond the bound are not kept", () => {
  const memory = new TurnMemory(fakeRuntime());
  memory.remember("web", "call_1", { reasoning: [], signature: undefined });
  memory.remember("web", "call_1", {
    reasoning: [{ ...THOUGHT, text: "x".repeat(70_000) }],
    signature: undefined,
  });
  const request = requestWith(CALL);
  assert.equal(memory.recall("web", request), request);
});

Deno.test("what was remembered longest ago makes room", () => {
  const memory = new TurnMemory(fakeRuntime());
  const company = { reasoning: [{ ...THOUGHT, text: "x".repeat(60_000) }], signature: undefined };
  memory.remember("web", "first", company);
  for (let count = 0; count < 600; count++) memory.remember("web", `call_${count}`, company);
  const recalled = (id: string) => memory.recall("web", requestWith({ ...CALL, id })).turns[0]?.parts.length;
  assert.deepEqual([recalled("first"), recalled("call_599")], [1, 2]);
});
