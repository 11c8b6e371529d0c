import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatReasoning, ChatRequest } from "../../../../../src/core/chat.ts";
import { writeRequest } from "../../../../support/anthropic_chat.ts";

const BUDGETS = "claude-sonnet-4-5";
const EITHER = "claude-opus-4-6";
const ADAPTIVE = "claude-opus-5-5";
const ALWAYS = "claude-fable-5";

function thought(model: string, reasoning: ChatReasoning, request: Partial<ChatRequest> = {}) {
  const { body, dropped } = writeRequest({ ...request, reasoning }, model);
  return [body.thinking, body.output_config, dropped];
}

Deno.test("an effort is a budget where the model takes no effort", () => {
  assert.deepEqual(thought(BUDGETS, { effort: "high" }), [
    { type: "enabled", ["budget_tokens"]: 16_384 },
    undefined,
    [],
  ]);
  assert.deepEqual(thought("claude-opus-4-5", { effort: "xhigh" }), [
    { type: "enabled", ["budget_tokens"]: 24_576 },
    { effort: "high" },
    [],
  ]);
  assert.deepEqual(thought(BUDGETS, { enabled: true }), [
    { type: "enabled", ["budget_tokens"]: 8192 },
    undefined,
    [],
  ]);
});

Deno.test("a budget is an effort where the model takes no budget, and that is told", () => {
  const reasoning = { enabled: true, budgetTokens: 10_000 };
  assert.deepEqual(thought(ADAPTIVE, reasoning), [{ type: "adaptive" }, { effort: "medium" }, [
    "reasoning: budget",
  ]]);
  assert.deepEqual(thought(EITHER, reasoning), [
    { type: "enabled", ["budget_tokens"]: 10_000 },
    undefined,
    [],
  ]);
});

Deno.test("efforts that a model lacks become the next weaker one, and that is told", () => {
  assert.deepEqual(thought(ADAPTIVE, { effort: "xhigh", show: true }), [
    { type: "adaptive", display: "summarized" },
    { effort: "xhigh" },
    [],
  ]);
  assert.deepEqual(thought(ADAPTIVE, { effort: "minimal" }), [
    { type: "adaptive" },
    { effort: "low" },
    ["reasoning: minimal"],
  ]);
  assert.deepEqual(thought(EITHER, { effort: "xhigh" }), [
    { type: "adaptive" },
    { effort: "high" },
    ["reasoning: xhigh"],
  ]);
});

Deno.test("thinking is switched off where it can be", () => {
  assert.deepEqual(thought(BUDGETS, { enabled: false }), [{ type: "disabled" }, undefined, []]);
  assert.deepEqual(thought(ALWAYS, { enabled: false }), [undefined, undefined, ["reasoning"]]);
  assert.deepEqual(thought("claude-3-haiku-20240307", { effort: "high" }), [undefined, undefined, [
    "reasoning",
  ]]);
  assert.deepEqual(thought("claude-3-haiku-20240307", { enabled: false }), [undefined, undefined, []]);
});

Deno.test("a tool that must be used wins over thinking, unless the model always thinks", () => {
  const forced = { tools: [{ kind: "function", name: "f" }], toolChoice: { mode: "required" } } as const;
  assert.deepEqual(thought(BUDGETS, { effort: "high" }, forced), [undefined, undefined, ["reasoning"]]);
  assert.deepEqual(thought(ADAPTIVE, { effort: "high" }, forced), [{ type: "disabled" }, undefined, [
    "reasoning",
  ]]);
  const { body, dropped } = writeRequest({ ...forced, reasoning: { effort: "high" } }, ALWAYS);
  assert.deepEqual([body.thinking, body.tool_choice, dropped], [
    { type: "adaptive" },
    { type: "auto" },
    ["toolChoice"],
  ]);
});

Deno.test("with a budget no thinking is asked for while a tool's answer waits whose call came without thoughts", () => {
  const call = { kind: "tool_call", id: "c", name: "f", arguments: "{}" } as const;
  const own = { format: "anthropic_messages", value: "EqoB" };
  const turns = (thoughts: boolean) =>
    [
      { role: "user", parts: [{ kind: "text", text: "a" }] },
      {
        role: "assistant",
        parts: thoughts ? [{ kind: "reasoning", text: "t", signature: own }, call] as const : [call],
      },
      { role: "user", parts: [{ kind: "tool_result", callId: "c", parts: [], isError: false }] },
    ] as const;
  assert.deepEqual(thought(BUDGETS, { effort: "low" }, { turns: turns(false) })[2], ["reasoning"]);
  assert.deepEqual(thought(BUDGETS, { effort: "low" }, { turns: turns(true) })[2], []);
  assert.deepEqual(thought(ADAPTIVE, { effort: "low" }, { turns: turns(false) })[2], []);
});

Deno.test("a budget is never under 1,024 nor as large as the answer may be", () => {
  const effort = fc.constantFrom("minimal", "low", "medium", "high", "xhigh", "max", undefined);
  const budgetTokens = fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined });
  fc.assert(
    fc.property(effort, budgetTokens, fc.integer({ min: 1, max: 70_000 }), (word, budget, maxTokens) => {
      const reasoning = { enabled: true, effort: word, budgetTokens: budget } as const;
      const [thinking, , dropped] = thought(BUDGETS, reasoning, { maxTokens });
      if (thinking === undefined) return assert.deepEqual(dropped, ["reasoning"]);
      const written = (thinking as { ["budget_tokens"]: number }).budget_tokens;
      assert.ok(written >= 1024 && written < maxTokens, `${written} of ${maxTokens}`);
    }),
  );
});
