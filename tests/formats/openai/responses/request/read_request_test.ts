import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../../../src/core/bytes/exact_json.ts";
import { GatewayError } from "../../../../../src/core/errors.ts";
import { responsesSide } from "../../../../../src/formats/openai/responses/responses_side.ts";
import { jsonFixture, plain, readRequest } from "../../../../support/translation/responses.ts";

const USER = { role: "user", content: "Brest?" };
const CALL = { type: "function_call", ["call_id"]: "call_a", name: "f", arguments: "{}" };

Deno.test("Codex's request is read as what it means", () => {
  const asked = readRequest(jsonFixture("codex"));
  assert.deepEqual(asked.system.map(({ text }) => text), [
    "You are a coding agent.",
    "<permissions>read only</permissions>",
  ]);
  assert.deepEqual(
    asked.turns.map(({ role, parts }) => [role, ...parts.map((part) => part.kind)]),
    [
      ["user", "text"],
      ["user", "text"],
      ["assistant", "reasoning", "text", "tool_call", "tool_call"],
      ["user", "tool_result", "tool_result"],
      ["assistant", "tool_call"],
      ["user", "tool_result"],
      ["assistant", "text"],
      ["user", "text"],
    ],
  );
  assert.deepEqual(asked.tools.map(({ kind, name, namespace }) => [kind, name, namespace]), [
    ["function", "exec_command", undefined],
    ["custom", "apply_patch", undefined],
    ["function", "mcp__tides__list_ports", "mcp__tides"],
    ["custom", "mcp__tides__query", "mcp__tides"],
  ]);
  const call = asked.turns[2]?.parts[3];
  const result = asked.turns[3]?.parts[1];
  assert.equal(call?.kind === "tool_call" && call.name, "mcp__tides__list_ports");
  assert.equal(result?.kind === "tool_result" && result.name, "mcp__tides__list_ports");
  assert.deepEqual(plain(asked.openai), { prompt_cache_key: "0199-thread", verbosity: "low" });
  assert.deepEqual(plain(asked.reasoning), { effort: "medium", show: true, summary: "auto" });
});

Deno.test("what Codex sends is carried or dropped, never refused", () => {
  const asked = readRequest(jsonFixture("codex"));
  const named = [
    ...Object.keys(asked.native?.members ?? {}),
    ...asked.turns.flatMap(({ parts }) => parts).flatMap((part) =>
      part.kind === "native"
        ? [`block.${part.name}`]
        : Object.keys(part.native?.members ?? {}).map((name) => `part.${name}`)
    ),
    ...asked.tools.filter(({ kind }) => kind === "function").flatMap((tool) =>
      Object.keys(tool.native?.members ?? {}).map((name) => `tool.${name}`)
    ),
  ];
  assert.deepEqual(named.filter((name) => responsesSide.ownMembers[name] !== "drop"), []);
});

Deno.test("what lives or runs at the vendor is told by its name", () => {
  const asked = readRequest(jsonFixture("state_at_the_vendor"));
  assert.deepEqual(Object.keys(asked.native?.members ?? {}).sort(), [
    "background",
    "conversation",
    "previous_response_id",
    "prompt",
    "tool_choice",
  ]);
  assert.deepEqual(asked.tools.map(({ kind, name }) => [kind, name]), [["native", "web_search"], [
    "native",
    "mcp",
  ]]);
  const [reference] = asked.turns[0]?.parts ?? [];
  assert.equal(reference?.kind === "native" && reference.name, "item_reference");
});

Deno.test("the call is known by call_id, never by the item's own id", () => {
  const asked = readRequest({
    input: [USER, { ...CALL, id: "fc_1" }, { type: "function_call_output", call_id: "call_a", output: "1" }],
  });
  const ids = asked.turns.flatMap(({ parts }) => parts).map((part) =>
    part.kind === "tool_call" ? part.id : part.kind === "tool_result" ? part.callId : undefined
  );
  assert.deepEqual(ids, [undefined, "call_a", "call_a"]);
});

Deno.test("an output without call_id answers the oldest call that still waits", () => {
  const output = { type: "function_call_output", output: "1" };
  const asked = readRequest({ input: [USER, CALL, { ...CALL, call_id: "call_b" }, output, output] });
  const results = asked.turns[2]?.parts.map((part) => part.kind === "tool_result" && part.callId);
  assert.deepEqual(results, ["call_a", "call_b"]);
});

Deno.test("a message without content is no turn", () => {
  const asked = readRequest({ input: [{ role: "user" }, { role: "assistant", content: [] }, USER] });
  assert.deepEqual(asked.turns.map(({ role, parts }) => [role, parts.length]), [["user", 1]]);
});

Deno.test("malformed requests are refused with the path of the fault", () => {
  const input = (...items: readonly unknown[]): JsonObject => ({ input: items });
  const cases: readonly (readonly [param: string, body: JsonObject])[] = [
    ["input", {}],
    ["input", { input: 5 }],
    ["input[0]", input("text")],
    ["input[0].role", input({ role: "tool", content: "x" })],
    ["input[0].role", input({})],
    ["input[0].content", input({ role: "user", content: 5 })],
    ["input[0].content[0].type", input({ role: "user", content: [{}] })],
    ["input[0].content[0].text", input({ role: "user", content: [{ type: "input_text", text: 5 }] })],
    ["input[0].content[0].image_url", input({ role: "user", content: [{ type: "input_image" }] })],
    ["input[0].content[0].file_data", input({ role: "user", content: [{ type: "input_file" }] })],
    ["input[0].call_id", input({ type: "function_call", id: "fc_1", name: "f" })],
    ["input[0].name", input({ type: "function_call", call_id: "a" })],
    ["input[0].call_id", input({ type: "function_call_output", call_id: "orphan", output: "" })],
    ["input[0].call_id", input({ type: "function_call_output", output: "" })],
    ["input[1].output", input(CALL, { type: "function_call_output", call_id: "call_a", output: 5 })],
    [
      "input[1].output[0].type",
      input(CALL, { type: "function_call_output", call_id: "call_a", output: [{ type: "new" }] }),
    ],
    ["instructions", { input: "a", instructions: 5 }],
    ["temperature", { input: "a", temperature: "hot" }],
    ["parallel_tool_calls", { input: "a", parallel_tool_calls: "no" }],
    ["tools", { input: "a", tools: {} }],
    ["tools[0].type", { input: "a", tools: [{}] }],
    ["tools[0].name", { input: "a", tools: [{ type: "function" }] }],
    ["tools[0].tools[0].name", {
      input: "a",
      tools: [{ type: "namespace", name: "n", tools: [{ type: "function" }] }],
    }],
    ["tools", {
      input: "a",
      tools: [{ type: "function", name: "n__f" }, {
        type: "namespace",
        name: "n",
        tools: [{ type: "function", name: "f" }],
      }],
    }],
    ["tool_choice", { input: "a", tool_choice: "any" }],
    ["tool_choice.name", { input: "a", tool_choice: { type: "function" } }],
    ["text.format.type", { input: "a", text: { format: { type: "xml" } } }],
    ["text.format.schema", { input: "a", text: { format: { type: "json_schema", name: "n" } } }],
    ["reasoning.effort", { input: "a", reasoning: { effort: "extreme" } }],
  ];
  for (const [param, body] of cases) {
    assert.throws(() => readRequest(body), (error) => {
      assert.ok(error instanceof GatewayError, String(error));
      assert.equal(error.status, 400);
      assert.equal(error.detail.param, param, JSON.stringify(body));
      assert.ok(error.message.includes(param), error.message);
      return true;
    });
  }
});

Deno.test("whatever JSON comes, it is read or refused with a 400", () => {
  const words = fc.constantFrom(
    "type",
    "role",
    "content",
    "message",
    "function_call",
    "user",
    "call_id",
    "input",
    "tools",
    "text",
    "output",
    "summary",
    "name",
  );
  const value = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, words, fc.integer(), fc.constant(null), tie("list"), tie("object")),
    list: fc.array(tie("value"), { maxLength: 4 }),
    object: fc.dictionary(words, tie("value"), { maxKeys: 5 }),
  })).object;
  fc.assert(fc.property(value, fc.array(value, { maxLength: 4 }), (body, items) => {
    for (const attempt of [body, { ...body as JsonObject, input: items }]) {
      try {
        readRequest(attempt as JsonObject);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        assert.equal(error.status, 400);
      }
    }
  }));
});
