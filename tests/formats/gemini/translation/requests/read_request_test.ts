import assert from "node:assert/strict";
import fc from "fast-check";
import { GatewayError } from "../../../../../src/core/errors.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../../../../src/core/bytes/exact_json.ts";
import { geminiChatSide } from "../../../../../src/formats/gemini/translation/chat_side.ts";
import { readChatRequest } from "../../../../../src/formats/gemini/translation/requests/read_request.ts";
import { writeContext } from "../../../../support/translation/translate.ts";

const read = (body: JsonObject) => readChatRequest({ body, model: "gemini-2.5-flash", stream: false });

function fault(body: JsonObject): string | undefined {
  try {
    read(body);
  } catch (error) {
    assert.ok(error instanceof GatewayError && error.code === "invalid_body", String(error));
    return error.detail.param;
  }
  return undefined;
}

Deno.test("what the vendor would refuse is refused with the place of the fault", () => {
  const rows: [JsonObject, string][] = [
    [{ contents: "Hi" }, "contents"],
    [{ contents: [1] }, "contents[0]"],
    [{ contents: [{ role: "assistant", parts: [] }] }, "contents[0].role"],
    [{ contents: [{ parts: ["Hi"] }] }, "contents[0].parts[0]"],
    [{ contents: [{ parts: [{ text: 1 }] }] }, "contents[0].parts[0].text"],
    [{ contents: [{ parts: [{ functionCall: {} }] }] }, "contents[0].parts[0].functionCall.name"],
    [
      { contents: [{ parts: [{ inlineData: { mimeType: "image/png" } }] }] },
      "contents[0].parts[0].inlineData.data",
    ],
    [{ systemInstruction: "Be brief." }, "systemInstruction"],
    [{ systemInstruction: { parts: [{ inlineData: {} }] } }, "systemInstruction.parts[0]"],
    [{ ["generation_config"]: { temperature: "hot" } }, "generationConfig.temperature"],
    [{ generationConfig: { stopSequences: [1] } }, "generationConfig.stopSequences"],
    [
      { generationConfig: { thinkingConfig: { thinkingLevel: "HUGE" } } },
      "generationConfig.thinkingConfig.thinkingLevel",
    ],
    [{ tools: [{ functionDeclarations: [{}] }] }, "tools[0].functionDeclarations[0].name"],
    [{ toolConfig: { functionCallingConfig: { mode: "SOME" } } }, "toolConfig.functionCallingConfig.mode"],
  ];
  for (const [body, param] of rows) assert.equal(fault(body), param, JSON.stringify(body));
});

Deno.test("nulls are absent, numbers may be strings, one object stands for a list of one", () => {
  const { system, turns, maxTokens, seed } = read({
    systemInstruction: { role: null, parts: { text: "a" } },
    contents: { parts: { text: "b" } },
    generationConfig: { maxOutputTokens: "64", seed: null },
  });
  assert.deepEqual([system, maxTokens, seed], [[{ kind: "text", text: "a" }], 64, undefined]);
  assert.deepEqual(turns, [{ role: "user", parts: [{ kind: "text", text: "b" }] }]);
});

Deno.test("numbers of arguments, results and schemas keep their spelling", () => {
  const body = parseExact(
    '{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1.0,"b":12345678901234567890}}}]},' +
      '{"parts":[{"functionResponse":{"name":"f","response":{"c":2.50}}}]}]}',
  );
  assert.ok(isJsonObject(body));
  const { turns } = read(body);
  const [calling, answering] = turns.map(({ parts }) => parts[0]);
  assert.equal(calling?.kind === "tool_call" && calling.arguments, '{"a":1.0,"b":12345678901234567890}');
  const text = answering?.kind === "tool_result" ? answering.parts[0] : undefined;
  assert.equal(text?.kind === "text" && text.text, '{"c":2.50}');
});

Deno.test("results find their calls by id, else by name and order, and are named after them", () => {
  const { turns } = read({
    contents: [
      {
        role: "model",
        parts: [
          { functionCall: { name: "f" } },
          { functionCall: { name: "g", id: "g-1" } },
          { functionCall: { name: "f" } },
        ],
      },
      {
        parts: [
          { functionResponse: { name: "f", response: {} } },
          { functionResponse: { id: "g-1", response: {} } },
          { functionResponse: { name: "f", id: "unknown", response: {} } },
          { functionResponse: { name: "h", response: {} } },
        ],
      },
    ],
  });
  const results = turns[1]?.parts.map((part) => part.kind === "tool_result" ? [part.callId, part.name] : []);
  assert.deepEqual(results, [["call_0_0", "f"], ["g-1", "g"], ["call_0_2", "f"], ["call_1_3", "h"]]);
});

Deno.test("tools that run at Google, caches and other modalities are told as members of Gemini's alone", () => {
  const { tools, native } = read({
    contents: [],
    tools: [{ ["google_search"]: {}, functionDeclarations: [{ name: "f" }] }],
    cachedContent: "cachedContents/a",
    generationConfig: { responseModalities: ["AUDIO"], mediaResolution: "MEDIA_RESOLUTION_LOW" },
    ["a_new_member"]: 1,
  });
  assert.deepEqual(tools.map(({ kind, name }) => [kind, name]), [["function", "f"], [
    "native",
    "googleSearch",
  ]]);
  const names = Object.keys(native?.members ?? {});
  const own = geminiChatSide.ownMembers;
  const refused = ["generationConfig.responseModalities", "cachedContent", "aNewMember"];
  assert.deepEqual(names.filter((name) => own[name] !== "drop").toSorted(), refused.toSorted());
});

Deno.test("no JSON makes reading or writing fail in another way than by a clear refusal", () => {
  const name = fc.constantFrom(
    "contents",
    "parts",
    "text",
    "role",
    "tools",
    "functionCall",
    "function_response",
    "name",
    "response",
    "generationConfig",
    "thinkingConfig",
    "inlineData",
    "data",
    "__proto__",
    "toolConfig",
    "constructor",
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>("user", "model", "", 1, -0.5, true, null),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  fc.assert(
    fc.property(value, value, value, (contents, tools, config) => {
      try {
        const request = read({ contents, tools, generationConfig: config });
        JSON.stringify(geminiChatSide.writeRequest(request, writeContext("gemini-3-pro")).body);
      } catch (error) {
        assert.ok(error instanceof GatewayError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
  assert.equal(Object.keys({}).length, 0);
  assert.equal("text" in {}, false);
});
