import assert from "node:assert/strict";
import fc from "fast-check";
import type { Usage } from "../../../src/core/answer.ts";
import { anthropicMessages } from "../../../src/formats/anthropic/anthropic_messages.ts";
import type { Format } from "../../../src/formats/format.ts";
import { geminiGenerate } from "../../../src/formats/gemini/gemini_generate.ts";
import { openaiChat } from "../../../src/formats/openai/openai_chat.ts";
import { openaiResponses } from "../../../src/formats/openai/openai_responses.ts";
import { costNanos } from "../../../src/limits/prices/cost.ts";
import { ratesOf } from "../../../src/limits/prices/rates.ts";

const usageIn = (format: Format, answer: unknown) =>
  format.readAnswer(new TextEncoder().encode(JSON.stringify(answer))).usage;

/** Answers of each vendor about the same work, in its own way of counting, and what they cost. */
const ANSWERS: readonly (readonly [name: string, format: Format, answer: unknown, usd: number])[] = [
  ["chat: the prompt includes what was cached", openaiChat, {
    usage: {
      "prompt_tokens": 1_000,
      "completion_tokens": 500,
      "prompt_tokens_details": { "cached_tokens": 600, "audio_tokens": 0 },
      "completion_tokens_details": { "reasoning_tokens": 200 },
    },
  }, (400 * 2 + 600 * 0.5 + 500 * 10) / 1e6],
  ["responses: the same", openaiResponses, {
    usage: {
      "input_tokens": 1_000,
      "output_tokens": 500,
      "input_tokens_details": { "cached_tokens": 600 },
      "output_tokens_details": { "reasoning_tokens": 200 },
    },
  }, (400 * 2 + 600 * 0.5 + 500 * 10) / 1e6],
  ["Anthropic: the input leaves out what the cache had a part in", anthropicMessages, {
    usage: {
      "input_tokens": 300,
      "cache_read_input_tokens": 600,
      "cache_creation_input_tokens": 100,
      "cache_creation": { "ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40 },
      "output_tokens": 500,
    },
  }, (300 * 2 + 600 * 0.5 + 60 * 2.5 + 40 * 4 + 500 * 10) / 1e6],
  ["Gemini: candidates leave out the thoughts, tools add to the prompt", geminiGenerate, {
    usageMetadata: {
      promptTokenCount: 900,
      toolUsePromptTokenCount: 100,
      cachedContentTokenCount: 600,
      candidatesTokenCount: 300,
      thoughtsTokenCount: 200,
      promptTokensDetails: [{ modality: "TEXT", tokenCount: 850 }, { modality: "AUDIO", tokenCount: 50 }],
    },
  }, (350 * 2 + 600 * 0.5 + 50 * 7 + 500 * 10) / 1e6],
  ["chat with speech", openaiChat, {
    usage: {
      "prompt_tokens": 100,
      "completion_tokens": 100,
      "prompt_tokens_details": { "audio_tokens": 80 },
      "completion_tokens_details": { "audio_tokens": 90 },
    },
  }, (20 * 2 + 80 * 7 + 10 * 10 + 90 * 40) / 1e6],
];

const RATES = ratesOf({
  ...{ input: 2, output: 10, cachedInput: 0.5, cacheWrite: 2.5, longCacheWrite: 4 },
  ...{ audioInput: 7, audioOutput: 40 },
});

for (const [name, format, answer, usd] of ANSWERS) {
  Deno.test(`cost of ${name}`, () => {
    const usage = usageIn(format, answer);
    assert.ok(usage !== undefined);
    assert.equal(costNanos(usage, RATES), Math.round(usd * 1e9));
  });
}

Deno.test("parts without a rate of their own cost what input and output do", () => {
  const usage: Usage = { inputTokens: 10, outputTokens: 10, cachedInputTokens: 4, reasoningTokens: 3 };
  assert.equal(costNanos(usage, ratesOf({ input: 1, output: 2 })), 30_000);
});

Deno.test("tokens without any rate have no price, and a price is not asked for what was not used", () => {
  assert.equal(costNanos({ inputTokens: 1, outputTokens: 1 }, ratesOf({ input: 1 })), undefined);
  assert.equal(costNanos({ inputTokens: 1, outputTokens: 0 }, ratesOf({ input: 1 })), 1_000);
  assert.equal(costNanos({ inputTokens: 1, outputTokens: 0 }, {}), undefined);
});

Deno.test("a long request costs what its whole input is worth above the threshold", () => {
  const rates = ratesOf({
    input: { base: 1, above: [[200_000, 2]] },
    output: { base: 4, above: [[200_000, 6]] },
  });
  assert.equal(costNanos({ inputTokens: 200_000, outputTokens: 10 }, rates), 200_040_000);
  assert.equal(costNanos({ inputTokens: 200_001, outputTokens: 10 }, rates), 400_062_000);
});

Deno.test("factors are parts per million, and a request may have a price of its own", () => {
  const rates = ratesOf({ input: 1, thousandRequests: 5 });
  assert.equal(costNanos({ inputTokens: 1_000, outputTokens: 0 }, rates), 6_000_000);
  assert.equal(costNanos({ inputTokens: 1_000, outputTokens: 0 }, rates, [500_000, 1_200_000]), 3_600_000);
});

const tokens = fc.integer({ min: 0, max: 10_000_000 });
const price = fc.integer({ min: 0, max: 1_000_000_000 }).map((micros) => micros / 1e6);

Deno.test("the cost is a whole number, is rounded once, and grows with the tokens", () => {
  fc.assert(
    fc.property(tokens, tokens, price, price, (inputTokens, outputTokens, input, output) => {
      const rates = ratesOf({ input, output });
      const cost = costNanos({ inputTokens, outputTokens }, rates) ?? NaN;
      const exact = (inputTokens * Math.round(input * 1e6) + outputTokens * Math.round(output * 1e6)) / 1000;
      assert.ok(Number.isSafeInteger(cost) && Math.abs(cost - exact) <= 0.5 + exact * 1e-12);
      const more = costNanos({ inputTokens: inputTokens + 1, outputTokens }, rates) ?? NaN;
      assert.ok(more >= cost);
    }),
  );
});
