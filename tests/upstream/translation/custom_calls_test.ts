import assert from "node:assert/strict";
import type { ChatEvent, ChatRequest } from "../../../src/core/chat.ts";
import { CustomCalls, withoutCustomTools } from "../../../src/upstream/translation/custom_calls.ts";
import { LossList } from "../../../src/upstream/translation/loss_list.ts";

const REQUEST: ChatRequest = {
  ...{ model: "m", stream: true, streamUsage: true, system: [], turns: [] },
  tools: [{ kind: "custom", name: "patch" }, { kind: "function", name: "look" }],
};

Deno.test("a custom tool that was offered as a function gets its free text back, whole", () => {
  const calls = new CustomCalls(REQUEST);
  const part = (name: string, text: string) =>
    calls.part({ kind: "tool_call", id: "c", name, arguments: text });
  assert.deepEqual(part("patch", '{"input":"*** Begin\\n"}'), {
    ...{ kind: "tool_call", id: "c", name: "patch", custom: true },
    arguments: "*** Begin\n",
  });
  assert.deepEqual(part("patch", "no JSON"), {
    ...{ kind: "tool_call", id: "c", name: "patch", custom: true },
    arguments: "no JSON",
  });
  assert.deepEqual(part("look", '{"input":"x"}'), {
    ...{ kind: "tool_call", id: "c", name: "look" },
    arguments: '{"input":"x"}',
  });
});

Deno.test("in a stream its pieces are gathered until they can be unwrapped, other calls pass at once", () => {
  const calls = new CustomCalls(REQUEST);
  const of = (call: number) => ({ choice: 0, call });
  const events: ChatEvent[] = [
    { kind: "tool_start", ...of(0), id: "a", name: "patch" },
    { kind: "tool_start", ...of(1), id: "b", name: "look" },
    { kind: "tool_arguments", ...of(0), text: '{"input":"fr' },
    { kind: "tool_arguments", ...of(1), text: "{}" },
    { kind: "tool_arguments", ...of(0), text: 'ee"}' },
    { kind: "tool_end", ...of(1) },
    { kind: "tool_end", ...of(0) },
  ];
  assert.deepEqual(events.flatMap((event) => calls.events(event)), [
    { kind: "tool_start", ...of(0), id: "a", name: "patch", custom: true },
    { kind: "tool_start", ...of(1), id: "b", name: "look" },
    { kind: "tool_arguments", ...of(1), text: "{}" },
    { kind: "tool_end", ...of(1) },
    { kind: "tool_arguments", ...of(0), text: "free" },
    { kind: "tool_end", ...of(0) },
  ]);
});

Deno.test("for others a custom tool, its calls and their results are those of a function with one text", () => {
  const losses = new LossList({}, "gemini_generate");
  const request: ChatRequest = {
    ...REQUEST,
    tools: [{
      kind: "custom",
      name: "patch",
      native: { format: "openai_responses", members: { format: { type: "grammar", syntax: "lark" } } },
    }],
    turns: [
      {
        role: "assistant",
        parts: [{ kind: "tool_call", id: "c", name: "patch", arguments: "x\n", custom: true }],
      },
      {
        role: "user",
        parts: [{ kind: "tool_result", callId: "c", parts: [], isError: false, custom: true }],
      },
    ],
  };
  const plain = withoutCustomTools(request, losses);
  assert.deepEqual(plain.tools.map(({ kind, name }) => [kind, name]), [["function", "patch"]]);
  assert.deepEqual(plain.turns.map(({ parts }) => parts[0]), [
    { kind: "tool_call", id: "c", name: "patch", arguments: '{"input":"x\\n"}', custom: false },
    { kind: "tool_result", callId: "c", parts: [], isError: false, custom: false },
  ]);
  assert.deepEqual(losses.dropped, ["tools.format"]);
});
