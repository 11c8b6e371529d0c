import assert from "node:assert/strict";
import fc from "fast-check";
import { exactNumber, isJsonObject, parseExact } from "../../../src/core/bytes/exact_json.ts";

Deno.test("numbers are written as they were read", () => {
  for (
    const text of [
      '{"id":12345678901234567890,"a":[1.0,-0,1e400,0.10,-1.50E+2,1.0]}',
      "[9007199254740993,1e-7,0.1,-0.0,1E5]",
      '{"a":{"b":1.00},"c":"1.0 and 1e5"}',
      '{"plain":1,"text":"x","none":null,"yes":true}',
    ]
  ) {
    assert.equal(JSON.stringify(parseExact(text)), text);
  }
});

Deno.test("any number in any place survives, and its value can be read", () => {
  const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,25})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
  const gap = fc.constantFrom("", " ", "\n", "\t");
  fc.assert(
    fc.property(digits, gap, (number, space) => {
      const parsed = parseExact(`{"a":${space}${number},"b":[${space}${number}]}`);
      assert.equal(JSON.stringify(parsed), `{"a":${number},"b":[${number}]}`);
      assert.ok(isJsonObject(parsed));
      assert.equal(exactNumber(parsed.a), Number(number));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a kept number is no object, and broken JSON throws", () => {
  const parsed = parseExact('{"n":1.0}');
  assert.ok(isJsonObject(parsed) && !isJsonObject(parsed.n));
  assert.equal(exactNumber("1"), undefined);
  assert.throws(() => parseExact('{"n":1.0'), SyntaxError);
});
