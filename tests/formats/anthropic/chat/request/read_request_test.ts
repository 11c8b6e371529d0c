import assert from "node:assert/strict";
import { GatewayError } from "../../../../../src/core/errors.ts";
import { anthropicChat, anthropicTokenCount } from "../../../../../src/formats/anthropic/chat/chat_side.ts";
import { received } from "../../../../support/anthropic_chat.ts";

const BASE = { model: "m", ["max_tokens"]: 10, messages: [{ role: "user", content: "a" }] };

Deno.test("what the vendor would refuse as malformed is refused by its place", () => {
  const message = (content: unknown) => ({ messages: [{ role: "user", content }] });
  const cases: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ ["max_tokens"]: undefined }, "max_tokens"],
    [{ ["max_tokens"]: "10" }, "max_tokens"],
    [{ messages: [] }, "messages"],
    [{ messages: "a" }, "messages"],
    [{ messages: [5] }, "messages.0"],
    [{ messages: [{ role: "tool", content: "a" }] }, "messages.0.role"],
    [message(5), "messages.0.content"],
    [message([{}]), "messages.0.content.0.type"],
    [message([{ type: "text" }]), "messages.0.content.0.text"],
    [message([{ type: "image" }]), "messages.0.content.0.source"],
    [message([{ type: "tool_use", name: "f" }]), "messages.0.content.0.id"],
    [message([{ type: "tool_use", id: "i", name: "f", input: "{}" }]), "messages.0.content.0.input"],
    [message([{ type: "tool_result" }]), "messages.0.content.0.tool_use_id"],
    [
      message([{ type: "tool_result", ["tool_use_id"]: "i", content: [5] }]),
      "messages.0.content.0.content.0",
    ],
    [{ system: 5 }, "system"],
    [{ system: [{ type: "text", text: "a", ["cache_control"]: 5 }] }, "system.0.cache_control"],
    [{ tools: [{ description: "d" }] }, "tools.0.name"],
    [{ tools: [{ name: "f" }] }, "tools.0.input_schema"],
    [{ ["tool_choice"]: { type: "all" } }, "tool_choice.type"],
    [{ thinking: { type: "enabled" } }, "thinking.budget_tokens"],
    [{ ["output_config"]: { effort: "most" } }, "output_config.effort"],
    [{ temperature: "warm" }, "temperature"],
    [{ ["stop_sequences"]: "END" }, "stop_sequences"],
  ];
  for (const [members, param] of cases) {
    assert.throws(() => anthropicChat.readRequest(received({ ...BASE, ...members })), (error) => {
      assert.ok(error instanceof GatewayError && error.code === "invalid_body", String(error));
      assert.equal(error.detail.param, param);
      return true;
    });
  }
  const { max_tokens: _bound, ...counted } = BASE;
  assert.equal(anthropicTokenCount.readRequest(received(counted)).maxTokens, undefined);
});

Deno.test("results carry the name of the tool that was called", () => {
  const request = anthropicChat.readRequest(received({
    ...BASE,
    messages: [
      { role: "assistant", content: [{ type: "tool_use", id: "i", name: "tide", input: {} }] },
      { role: "user", content: [{ type: "tool_result", ["tool_use_id"]: "i", content: "06:12" }] },
    ],
  }));
  assert.deepEqual(request.turns[1]?.parts, [{
    kind: "tool_result",
    callId: "i",
    name: "tide",
    parts: [{ kind: "text", text: "06:12" }],
    isError: false,
  }]);
});

Deno.test("thoughts that another vendor had come back with its name, those without a signature with none", () => {
  const read = (signature?: string) => {
    const block = { type: "thinking", thinking: "t", ...(signature === undefined ? {} : { signature }) };
    const messages = [{ role: "assistant", content: [block] }];
    const [part] = anthropicChat.readRequest(received({ ...BASE, messages })).turns[0]?.parts ?? [];
    return part?.kind === "reasoning" ? part.signature : part;
  };
  assert.deepEqual(read("EqoB"), { format: "anthropic_messages", value: "EqoB" });
  assert.deepEqual(read("tidegate:gemini_generate:a:b"), { format: "gemini_generate", value: "a:b" });
  assert.deepEqual(read("tidegate:openai_chat:"), { format: "openai_chat", value: "" });
  assert.equal(read("tidegate::"), undefined);
  assert.equal(read(""), undefined);
  assert.equal(read(), undefined);
});

Deno.test("server tools and what rests on them stay what they are", () => {
  const use = { type: "server_tool_use", id: "s", name: "web_search", input: {} };
  const tool = { type: "web_search_20250305", name: "web_search" };
  const request = anthropicChat.readRequest(received({
    ...BASE,
    tools: [tool],
    messages: [{ role: "assistant", content: [use] }],
  }));
  assert.deepEqual(request.turns[0]?.parts, [
    { kind: "native", format: "anthropic_messages", name: "server_tool_use", value: use },
  ]);
  assert.deepEqual(request.tools, [
    { kind: "native", name: "web_search", native: { format: "anthropic_messages", members: tool } },
  ]);
});
