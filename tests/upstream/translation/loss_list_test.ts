import assert from "node:assert/strict";
import { GatewayError } from "../../../src/core/errors.ts";
import { LossList } from "../../../src/upstream/translation/loss_list.ts";

Deno.test("losses are told in the client's spelling, once each, in the order they were found", () => {
  const losses = new LossList({ topK: "generationConfig.topK" }, "openai_chat");
  losses.drop("topK");
  losses.drop("seed");
  losses.drop("topK");
  losses.dropMember("safetySettings");
  losses.drop("cache", "ttl");
  losses.drop("openai", "metadata");
  assert.deepEqual(losses.dropped, [
    "generationConfig.topK",
    "seed",
    "safetySettings",
    "cache.ttl",
    "metadata",
  ]);
});

Deno.test("a detail that the header field cannot hold does not hide the loss", () => {
  const losses = new LossList({ toolStrict: "tools.strict" }, "anthropic_messages");
  losses.drop("temperature", "above 1");
  losses.drop("toolStrict", "grammar, or so");
  assert.deepEqual(losses.dropped, ["temperature", "tools.strict"]);
});

Deno.test("what a client made up cannot forge the header field that tells the losses", () => {
  const losses = new LossList({}, "openai_chat");
  for (const name of ["a b", "a,b", "a\r\nb", "é", "x".repeat(101), ""]) losses.dropMember(name);
  for (let count = 0; count < 100; count++) losses.dropMember(`n${count}`);
  assert.equal(losses.dropped.length, 40);
  assert.equal(losses.dropped[0], "n0");
});

Deno.test("a refusal names the field, the reason and what to do", () => {
  const losses = new LossList({ candidates: "n" }, "anthropic_messages");
  assert.throws(() => losses.refuse("candidates", "it gives one answer. Ask once for each"), (error) => {
    assert.ok(error instanceof GatewayError);
    assert.deepEqual([error.code, error.status, error.detail.param], ["not_translatable", 400, "n"]);
    assert.match(error.message, /^'n' cannot be translated .*anthropic_messages: it gives one answer\./);
    return true;
  });
});
