import assert from "node:assert/strict";
import type { ChatRequest } from "../../../src/core/chat.ts";
import { LossList } from "../../../src/upstream/translation/loss_list.ts";
import { settleNativeChat } from "../../../src/upstream/translation/native_members.ts";

const native = { format: "openai_responses", members: { phase: 1 } };

const REQUEST: ChatRequest = {
  ...{ model: "m", stream: false, streamUsage: true, system: [] },
  tools: [{ kind: "native", name: "web_search", native }, { kind: "function", name: "look", native }],
  turns: [{
    role: "assistant",
    native,
    parts: [
      { kind: "native", format: "openai_responses", name: "web_search_call", value: {} },
      { kind: "text", text: "a", native },
    ],
  }],
  native: { format: "openai_responses", members: { include: [] } },
};

const RULES = {
  include: "drop",
  "tool_type.web_search": "drop",
  "tool.phase": "drop",
  "turn.phase": "drop",
  "block.web_search_call": "drop",
  "part.phase": "drop",
} as const;

Deno.test("what may be dropped is told and gone, tools and parts with it", () => {
  const losses = new LossList({}, "openai_chat");
  const left = settleNativeChat(REQUEST, RULES, losses);
  assert.deepEqual(left.tools.map(({ name }) => name), ["look"]);
  assert.deepEqual(left.turns.map(({ parts }) => parts.map(({ kind }) => kind)), [["text"]]);
  assert.deepEqual(losses.dropped, ["include", "web_search", "phase", "web_search_call"]);
});

Deno.test("whatever no rule names is refused by its name, at every place", () => {
  for (const name of Object.keys(RULES)) {
    const rules = Object.fromEntries(Object.entries(RULES).filter(([each]) => each !== name));
    const told = name.replace(/^[a-z_]+\./, "");
    assert.throws(
      () => settleNativeChat(REQUEST, rules, new LossList({}, "openai_chat")),
      { code: "not_translatable", detail: { param: told, shouldRetry: false } },
      name,
    );
  }
});
