import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatPart, ChatRequest } from "../../../../../src/core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../../src/core/bytes/exact_json.ts";
import { GatewayError } from "../../../../../src/core/errors.ts";
import { responsesSide } from "../../../../../src/formats/openai/responses/responses_side.ts";
import { plain, readRequest, writeContext } from "../../../../support/translation/responses.ts";

const NOTHING: ChatRequest = {
  model: "m",
  stream: false,
  streamUsage: true,
  system: [],
  turns: [],
  tools: [],
};

function written(request: Partial<ChatRequest>): { body: JsonObject; dropped: readonly string[] } {
  const context = writeContext();
  const { body } = responsesSide.writeRequest({ ...NOTHING, ...request }, context);
  return { body: plain(body), dropped: context.dropped };
}

function itemsOf(body: JsonObject): readonly JsonObject[] {
  return Array.isArray(body.input) ? body.input.filter(isJsonObject) : [];
}

Deno.test("what the format has no place for is dropped and told, or refused", () => {
  const sampling = written({ topK: 5, seed: 1, presencePenalty: 1, frequencyPenalty: 1, temperature: 0.5 });
  assert.deepEqual([...sampling.dropped].sort(), ["frequencyPenalty", "presencePenalty", "seed", "topK"]);
  assert.equal(sampling.body.temperature, 0.5);
  const named = written({ turns: [{ role: "user", parts: [{ kind: "text", text: "a" }], name: "Ann" }] });
  assert.deepEqual(named.dropped, ["speakerName"]);
  const foreign = written({ openai: { metadata: { a: "b" }, store: false, unheard: 1 } });
  assert.deepEqual(foreign.dropped, ["openai: unheard"]);
  const refused: readonly (readonly [string, Partial<ChatRequest>])[] = [
    ["stop", { stop: ["x"] }],
    ["candidates", { candidates: 2 }],
    ["audio", { turns: [{ role: "user", parts: [audio()] }] }],
    ["file_id", {
      turns: [{
        role: "user",
        parts: [{ kind: "image", source: { from: "id", id: "f", format: "anthropic_messages" } }],
      }],
    }],
  ];
  for (const [param, request] of refused) {
    assert.throws(
      () => written(request),
      (error) =>
        error instanceof GatewayError && error.code === "not_translatable" && error.detail.param === param,
    );
  }
});

function audio(): ChatPart {
  return { kind: "audio", source: { from: "base64", mediaType: "audio/wav", data: "UklGRg==" } };
}

Deno.test("nothing is stored unless the client asks for it", () => {
  assert.equal(written({}).body.store, false);
  assert.equal(written({ openai: { store: true } }).body.store, true);
});

Deno.test("a client of another format that asks for thought gets it encrypted, to send it back", () => {
  const thinking = written({ reasoning: { budgetTokens: 8000, show: true } }).body;
  assert.deepEqual(thinking.reasoning, { effort: "medium", summary: "auto" });
  assert.deepEqual(thinking.include, ["reasoning.encrypted_content"]);
  const off = written({ reasoning: { enabled: false } }).body;
  assert.deepEqual([off.reasoning, off.include], [{ effort: "none" }, undefined]);
  assert.deepEqual(written({ reasoning: { effort: "max" } }).body.reasoning, { effort: "max" });
});

Deno.test("thoughts of other vendors, and thoughts that nothing follows, are not sent", () => {
  const reasoning = (format: string): ChatPart => ({
    kind: "reasoning",
    text: "So.",
    signature: { format, value: "sig" },
    id: "rs_1",
  });
  const text: ChatPart = { kind: "text", text: "Six." };
  const foreign = written({ turns: [{ role: "assistant", parts: [reasoning("anthropic_messages"), text] }] });
  assert.deepEqual(itemsOf(foreign.body).map(({ type }) => type), ["message"]);
  assert.deepEqual(foreign.dropped, ["reasoningText"]);
  const own = written({ turns: [{ role: "assistant", parts: [reasoning("openai_responses"), text] }] });
  assert.deepEqual(itemsOf(own.body)[0], {
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text: "So." }],
    encrypted_content: "sig",
  });
  const alone = written({ turns: [{ role: "assistant", parts: [text, reasoning("openai_responses")] }] });
  assert.deepEqual(itemsOf(alone.body).map(({ type }) => type), ["message"]);
});

Deno.test("results keep their order, their parts and what failed", () => {
  const { body, dropped } = written({
    turns: [{
      role: "user",
      parts: [
        { kind: "tool_result", callId: "a", parts: [{ kind: "text", text: "no" }], isError: true },
        { kind: "tool_result", callId: "b", parts: [], isError: false },
        {
          kind: "tool_result",
          callId: "c",
          parts: [
            { kind: "text", text: "see" },
            { kind: "image", source: { from: "base64", mediaType: "image/png", data: "AA==" } },
          ],
          isError: false,
        },
        { kind: "text", text: "And?" },
      ],
    }],
  });
  assert.deepEqual(
    itemsOf(body).map(({ type, output }) => output ?? type),
    [
      "Error: no",
      "",
      [{ type: "input_text", text: "see" }, { type: "input_image", image_url: "data:image/png;base64,AA==" }],
      "message",
    ],
  );
  assert.deepEqual(dropped, ["isError"]);
});

Deno.test("long ids and names become ones that the vendor takes, the same for call and result", () => {
  const id = "c".repeat(80);
  const context = writeContext();
  const { body } = responsesSide.writeRequest({
    ...NOTHING,
    turns: [
      { role: "assistant", parts: [{ kind: "tool_call", id, name: "my.tool", arguments: "" }] },
      { role: "user", parts: [{ kind: "tool_result", callId: id, parts: [], isError: false }] },
    ],
    tools: [{ kind: "function", name: "my.tool" }],
    toolChoice: { mode: "required", only: ["my.tool"] },
  }, context);
  const [call, result] = itemsOf(body);
  assert.ok(String(call?.call_id).length <= 64);
  assert.equal(call?.call_id, result?.call_id);
  assert.equal(call?.arguments, "{}");
  const wire = String(call?.name);
  assert.match(wire, /^[A-Za-z0-9_-]{1,128}$/);
  assert.equal(context.names.original(wire), "my.tool");
  assert.deepEqual(body.tool_choice, { type: "function", name: wire });
  assert.deepEqual(
    plain(body.tools),
    [{ type: "function", name: wire, parameters: null, strict: false }],
  );
});

Deno.test("a custom tool of chat completions is flat here", () => {
  const format = { type: "grammar", grammar: { syntax: "lark", definition: "start: x" } };
  const custom = { name: "patch", description: "d", format };
  for (const members of [{ type: "custom", custom }, custom]) {
    const { body } = written({
      tools: [{
        kind: "custom",
        name: "patch",
        description: "d",
        native: { format: "openai_chat", members },
      }],
    });
    assert.deepEqual(body.tools, [{
      type: "custom",
      name: "patch",
      description: "d",
      format: { type: "grammar", syntax: "lark", definition: "start: x" },
    }]);
  }
});

Deno.test("several system texts stay apart; a text document goes as text; a nameless PDF gets a name", () => {
  const { body, dropped } = written({
    system: ["a", "b", "c"].map((text) => ({ kind: "text", text })),
    turns: [{
      role: "user",
      parts: [
        { kind: "file", source: { from: "text", text: "plain", mediaType: "text/plain" }, name: "notes" },
        { kind: "file", source: { from: "base64", mediaType: "application/pdf", data: "AA==" } },
      ],
    }],
  });
  assert.equal(body.instructions, "a");
  const [developer, user] = itemsOf(body);
  assert.deepEqual(developer?.content, [{ type: "input_text", text: "b" }, {
    type: "input_text",
    text: "c",
  }]);
  assert.deepEqual(user?.content, [
    { type: "input_text", text: "plain" },
    { type: "input_file", file_data: "data:application/pdf;base64,AA==", filename: "document.pdf" },
  ]);
  assert.deepEqual(dropped, ["fileName"]);
});

Deno.test("any conversation of texts, calls and results goes to the format and back unchanged", () => {
  const text = fc.string({ unit: "grapheme" });
  const turn = fc.oneof(
    fc.record({ role: fc.constant("user" as const), parts: fc.tuple(textPart(text)) }),
    fc.record({ role: fc.constant("system" as const), parts: fc.tuple(textPart(text)) }),
    fc.record({ role: fc.constant("assistant" as const), parts: fc.tuple(textPart(text)) }),
  );
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 6 }), fc.array(text, { maxLength: 3 }), (turns, system) => {
      const request: ChatRequest = {
        ...NOTHING,
        model: "gpt-5",
        system: system.map((each) => ({ kind: "text", text: each })),
        turns: [{ role: "user", parts: [{ kind: "text", text: "first" }] }, ...turns],
      };
      const { body } = responsesSide.writeRequest(request, writeContext());
      assert.deepEqual(plain(readRequest(body)), plain(request));
    }),
  );
});

function textPart(text: fc.Arbitrary<string>) {
  return fc.record({ kind: fc.constant("text" as const), text });
}
