import assert from "node:assert/strict";
import type { JsonObject } from "../../../src/core/bytes/exact_json.ts";
import { geminiCountTokens } from "../../../src/formats/gemini/gemini_count_tokens.ts";
import {
  answerContext,
  received,
  translationFixtures,
  writeContext,
} from "../../support/translation/translate.ts";

const side = geminiCountTokens.tokenCount;
const MODEL = "gemini-2.5-flash";

function roundTrip(body: JsonObject) {
  const { path, body: written } = side.writeRequest(
    side.readRequest(received(body, "", MODEL)),
    writeContext(MODEL),
  );
  assert.equal(path, `/v1beta/models/${MODEL}:countTokens`);
  return JSON.parse(JSON.stringify(written));
}

Deno.test("bare turns stay bare, a whole request is sent whole", () => {
  const bare = { contents: [{ role: "user", parts: [{ text: "Hi" }] }] };
  assert.deepEqual(roundTrip(bare), bare);
  for (const [name, request] of translationFixtures("gemini_generate")) {
    if (!/^(many_turns|system_and_sampling|tools_forced|thinking_budget)$/.test(name)) continue;
    const whole = { generateContentRequest: { model: `models/${MODEL}`, ...request } };
    assert.deepEqual(roundTrip(whole), Object.keys(request).length === 1 ? request : whole, name);
  }
});

Deno.test("instructions and tools beside the turns are counted too", () => {
  const { generateContentRequest } = roundTrip({
    contents: [{ parts: [{ text: "Hi" }] }],
    systemInstruction: { parts: [{ text: "Be brief." }] },
  });
  assert.deepEqual(generateContentRequest.systemInstruction, { parts: [{ text: "Be brief." }] });
});

Deno.test("the count is told as Gemini tells it", () => {
  assert.deepEqual(side.readAnswer({ totalTokens: 31, promptTokensDetails: [] }), { inputTokens: 31 });
  assert.deepEqual(side.readAnswer({}), { inputTokens: 0 });
  const asked = side.readRequest(received({ contents: [] }, "", MODEL));
  assert.deepEqual(side.writeAnswer({ inputTokens: 31 }, answerContext(asked, MODEL)), { totalTokens: 31 });
});
