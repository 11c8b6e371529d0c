import assert from "node:assert/strict";
import fc from "fast-check";
import { countTokens, shorten, tokensOf } from "../../../../src/providers/simulated/text/tokens.ts";

Deno.test("tokensOf splits by words, and CJK by characters", () => {
  assert.deepEqual(tokensOf("Hello there, 你好\n"), ["Hello", " there,", " 你", "好", "\n"]);
  assert.deepEqual(tokensOf("abcdefghijklmnop"), ["abcdefghijkl", "mnop"]);
  assert.deepEqual(tokensOf(""), []);
});

Deno.test("tokensOf loses nothing and splits no surrogate pair", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const tokens = tokensOf(text);
      assert.equal(tokens.join(""), text);
      if (text.isWellFormed()) assert.ok(tokens.every((token) => token.isWellFormed()));
    }),
  );
});

Deno.test("shorten keeps whole characters and shows that something is missing", () => {
  assert.equal(shorten("abc", 3), "abc");
  assert.equal(shorten("abcd", 3), "abc…");
  assert.equal(shorten("ab🌍d", 3), "ab…");
});

Deno.test("countTokens goes by length", () => {
  assert.deepEqual(["", "a", "abcd", "abcde"].map(countTokens), [0, 1, 1, 2]);
});
