import assert from "node:assert/strict";
import { claudeModel } from "../../../../src/formats/anthropic/chat/claude_models.ts";

Deno.test("a model is known by its family and version, wherever a relay put them", () => {
  const cases: readonly (readonly [string, number, string, boolean, boolean])[] = [
    // name, most tokens of output, how it thinks, takes sampling, takes system turns
    ["claude-3-haiku-20240307", 4096, "none", true, false],
    ["claude-3-5-sonnet-20241022", 8192, "none", true, false],
    ["claude-3-7-sonnet-latest", 64_000, "budget", true, false],
    ["claude-sonnet-4-20250514", 64_000, "budget", true, false],
    ["claude-opus-4-1@20250805", 32_000, "budget", true, false],
    ["anthropic.claude-haiku-4-5-20251001-v1:0", 64_000, "budget", true, false],
    ["anthropic/claude-sonnet-4.6", 128_000, "budget_or_adaptive", true, false],
    ["us.anthropic.claude-opus-4-6-v1", 128_000, "budget_or_adaptive", true, false],
    ["claude-opus-4-7", 128_000, "adaptive", false, false],
    ["claude-opus-4-8-20260528", 128_000, "adaptive", false, true],
    ["claude-sonnet-5", 128_000, "adaptive", false, true],
    ["claude-fable-5-2", 128_000, "adaptive", false, true],
    ["claude-mythos-preview", 128_000, "adaptive", false, true],
    ["some-compatible-model", 8192, "budget", true, false],
  ];
  for (const [name, maxOutputTokens, thinking, sampling, systemTurns] of cases) {
    const model = claudeModel(name);
    assert.deepEqual(
      [model.maxOutputTokens, model.thinking, model.sampling, model.systemTurns],
      [maxOutputTokens, thinking, sampling, systemTurns],
      name,
    );
  }
  assert.equal(claudeModel("claude-fable-5").alwaysThinks, true);
  assert.equal(claudeModel("claude-opus-5").alwaysThinks, false);
  assert.deepEqual(claudeModel("claude-opus-4-5").efforts, ["low", "medium", "high"]);
  assert.deepEqual(claudeModel("claude-haiku-4-5").efforts, []);
});
