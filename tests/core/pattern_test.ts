import assert from "node:assert/strict";
import fc from "fast-check";
import { matcherOf } from "../../src/core/pattern.ts";

Deno.test("a pattern's star stands for any run of characters, also none", () => {
  const rows: [string, string, boolean][] = [
    ["gpt-*", "gpt-4o", true],
    ["gpt-*", "gpt-", true],
    ["gpt-*", "agpt-4o", false],
    ["*-mini", "gpt-4o-mini", true],
    ["*-mini", "mini", false],
    ["gpt-*-mini", "gpt-4o-mini", true],
    ["gpt-*-mini", "gpt-mini", false],
    ["a*a", "a", false],
    ["a*b*c", "axxbyyc", true],
    ["a*b*c", "acb", false],
    ["a*bc*c", "abc", false],
    ["gpt-4o", "gpt-4o", true],
    ["gpt-4o", "gpt-4o-mini", false],
    ["*", "", true],
    ["a.c", "abc", false],
  ];
  for (const [pattern, text, expected] of rows) {
    assert.equal(matcherOf([pattern])(text), expected, `${pattern} on ${text}`);
  }
});

Deno.test("an empty list of patterns means nothing", () => {
  assert.equal(matcherOf([])("anything"), false);
});

Deno.test("a pattern agrees with the regular expression it stands for", () => {
  const letters = fc.stringMatching(/^[ab*]{0,8}$/);
  fc.assert(fc.property(letters, fc.stringMatching(/^[ab]{0,10}$/), (pattern, text) => {
    const expression = new RegExp(`^${pattern.replaceAll("*", "[^]*")}$`);
    assert.equal(matcherOf([pattern])(text), expression.test(text));
  }));
});
