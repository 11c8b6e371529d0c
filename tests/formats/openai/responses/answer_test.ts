import assert from "node:assert/strict";
import type { ChatAnswer, ChatChoice, ChatFinish } from "../../../../src/core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../src/core/bytes/exact_json.ts";
import { responsesSide } from "../../../../src/formats/openai/responses/responses_side.ts";
import {
  answerContext,
  fixtureNames,
  jsonFixture,
  plain,
  readRequest,
} from "../../../support/translation/responses.ts";

const ASKED = readRequest({ model: "gpt-5-2026-08-01", input: "Brest?" });
const CODEX = readRequest(jsonFixture("codex"));

function outputOf(response: JsonObject): JsonObject[] {
  return Array.isArray(response.output) ? response.output.filter(isJsonObject) : [];
}

/** Ids of answers and items are the gateway's own; what ran at the vendor keeps its own. */
function withoutIds(response: JsonObject): JsonObject {
  const items = outputOf(response).map((item) =>
    item.type === "web_search_call" ? item : { ...item, id: "" }
  );
  return { ...response, id: "", output: items };
}

function answerOf(choice: Partial<ChatChoice>, usage?: ChatAnswer["usage"]): ChatAnswer {
  return { id: "x", model: "y", choices: [{ index: 0, parts: [], finish: "stop", ...choice }], usage };
}

for (const name of fixtureNames("answers")) {
  Deno.test(`round trip of an answer: ${name}`, () => {
    const body = jsonFixture(`answers/${name}`);
    const asked = name === "custom_and_namespace" ? { ...ASKED, tools: CODEX.tools } : ASKED;
    const written = responsesSide.writeAnswer(responsesSide.readAnswer(body), answerContext(asked));
    const expected = plain(body);
    // The tools of the request are repeated; the fixture's request had none.
    if (asked.tools.length > 0) expected.tools = plain(written).tools;
    assert.deepEqual(withoutIds(plain(written)), withoutIds(expected));
  });
}

Deno.test("ids are made of the request's, the same every time", () => {
  const answer = answerOf({
    parts: [
      { kind: "reasoning", text: "So.", signature: { format: "anthropic_messages", value: "sig" } },
      { kind: "text", text: "a" },
      { kind: "tool_call", id: "toolu_1", name: "tide_at", arguments: "" },
    ],
    finish: "tool_calls",
  });
  const response = plain(responsesSide.writeAnswer(answer, answerContext(ASKED)));
  assert.equal(response.id, "resp_018f0000000070008000000000000001");
  assert.deepEqual(outputOf(response).map((item) => item.id), [
    "rs_018f00000000700080000000000000010000",
    "msg_018f00000000700080000000000000010001",
    "fc_018f00000000700080000000000000010002",
  ]);
  assert.deepEqual(plain(responsesSide.writeAnswer(answer, answerContext(ASKED))), response);
  const [reasoning, , call] = outputOf(response);
  assert.deepEqual(reasoning?.summary, [{ type: "summary_text", text: "So." }]);
  assert.equal(reasoning?.encrypted_content, undefined, "another vendor's signature is no encrypted content");
  assert.deepEqual([call?.call_id, call?.arguments], ["toolu_1", "{}"]);
});

Deno.test("an answer repeats what its request set, and was never stored", () => {
  const response = plain(responsesSide.writeAnswer(answerOf({}), answerContext(CODEX)));
  const asked = plain(jsonFixture("codex"));
  for (const name of ["instructions", "tools", "tool_choice", "parallel_tool_calls", "prompt_cache_key"]) {
    assert.deepEqual(response[name], asked[name], name);
  }
  assert.deepEqual(response.reasoning, { effort: "medium", summary: "auto" });
  assert.deepEqual(response.text, { format: { type: "text" }, verbosity: "low" });
  assert.deepEqual([response.store, response.model, response.usage], [false, "gpt-5-codex", null]);
  const settings = readRequest(jsonFixture("settings"));
  const second = plain(responsesSide.writeAnswer(answerOf({}), answerContext(settings)));
  assert.deepEqual(
    [second.metadata, second.truncation, second.max_tool_calls, second.service_tier, second.store],
    [{ team: "harbour" }, "auto", 3, "flex", false],
  );
});

Deno.test("tools go back into their namespace, and free text is an input", () => {
  const answer = answerOf({
    parts: [
      { kind: "tool_call", id: "a", name: "mcp__tides__list_ports", arguments: "{}" },
      { kind: "tool_call", id: "b", name: "apply_patch", arguments: "*** Begin\n", custom: true },
      { kind: "tool_call", id: "c", name: "mcp__tides__query", arguments: "no JSON", custom: true },
    ],
    finish: "tool_calls",
  });
  const items = outputOf(plain(responsesSide.writeAnswer(answer, answerContext(CODEX))));
  assert.deepEqual(items.map(({ id: _, status: __, ...item }) => item), [
    { type: "function_call", arguments: "{}", call_id: "a", name: "list_ports", namespace: "mcp__tides" },
    { type: "custom_tool_call", input: "*** Begin\n", call_id: "b", name: "apply_patch" },
    { type: "custom_tool_call", input: "no JSON", call_id: "c", name: "query", namespace: "mcp__tides" },
  ]);
});

Deno.test("every finish has its status", () => {
  const told = (finish: ChatFinish) => {
    const response = responsesSide.writeAnswer(answerOf({ finish }), answerContext(ASKED));
    return [response.status, response.incomplete_details];
  };
  assert.deepEqual(told("stop"), ["completed", null]);
  assert.deepEqual(told("tool_calls"), ["completed", null]);
  assert.deepEqual(told("pause"), ["completed", null]);
  assert.deepEqual(told("length"), ["incomplete", { reason: "max_output_tokens" }]);
  assert.deepEqual(told("context"), ["incomplete", { reason: "max_output_tokens" }]);
  assert.deepEqual(told("content_filter"), ["incomplete", { reason: "content_filter" }]);
});

Deno.test("usage tells totals that include their parts", () => {
  const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, cacheWriteTokens: 5 };
  const response = plain(responsesSide.writeAnswer(answerOf({}, usage), answerContext(ASKED)));
  assert.deepEqual(response.usage, {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 60, cache_write_tokens: 5 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 120,
  });
});

Deno.test("an upstream's odd answer is read as far as it goes", () => {
  const odd = {
    status: "completed",
    output: [
      null,
      "x",
      { type: "message", content: "no list" },
      { type: "message", content: [null, { type: "output_text" }, { type: "new" }] },
      { type: "function_call", id: "fc_9", arguments: { port: "Brest" } },
      { type: "reasoning", content: [{ type: "reasoning_text", text: "raw" }] },
    ],
    usage: "none",
  };
  const { choices: [choice], usage } = responsesSide.readAnswer(odd);
  assert.equal(usage, undefined);
  assert.equal(choice?.finish, "tool_calls");
  assert.deepEqual(plain(choice?.parts), [
    { kind: "text", text: "" },
    { kind: "tool_call", id: "call__2", name: "", arguments: '{"port":"Brest"}' },
    { kind: "reasoning", text: "raw" },
  ]);
  assert.deepEqual(responsesSide.readAnswer({}).choices, [{ index: 0, parts: [], finish: "stop" }]);
});
