import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonCheck, MAX_RECORDED_DEPTH } from "../../../src/recording/lines/json_check.ts";

/** What the checker says when it looks `sliceBytes` at a time. */
function isValid(bytes: Uint8Array, sliceBytes: number): boolean {
  const check = new JsonCheck(bytes);
  while (!check.step(sliceBytes));
  return check.valid;
}

/** What the platform says. */
function parses(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("JsonCheck agrees with JSON.parse on the grammar's corners", () => {
  const texts = [
    ...'{} [] 0 -0 1.5e+3 "" true false null [1,2] {"a":{"b":[]}}'.split(" "),
    ..."01 -01 +1 .5 1. 1e 1e+ - 1.e3 0x1 NaN Infinity tru True nul [1,] [,1] {,} {1:2} [} {] ' }".split(" "),
    "",
    " ",
    ' \t\r\n{ "a" : 1 , "b" : [ ] }\n',
    '{"a" 1}',
    '{"a":}',
    '{"a":1,}',
    "{}{}",
    "[] x",
    '"\\u12g4"',
    '"\\u12',
    '"\\',
    '"\\x"',
    '"\\ud800"',
    '"a\nb"',
    '"a\tb"',
    '"\u2028\u2029\u007f"',
    "\ufeff{}",
    "[1 2]",
    "\u00a0[]",
    "12345678901234567890.5E-7",
  ];
  for (const text of texts) {
    const bytes = encode(text);
    for (const sliceBytes of [1, 2, 1000]) {
      assert.equal(
        isValid(bytes, sliceBytes),
        parses(bytes),
        `${JSON.stringify(text)} in slices of ${sliceBytes}`,
      );
    }
  }
});

Deno.test("JsonCheck agrees with JSON.parse on JSON with bytes changed, whatever the slices", () => {
  const json = fc.json({ maxDepth: 4 }).map(encode);
  const change = fc.record({
    at: fc.nat(),
    byte: fc.oneof(fc.constantFrom(...encode('{}[]",:\\0-.eE \n\r\ttfnu')), fc.nat(255)),
    how: fc.constantFrom("put", "insert", "delete", "none"),
  });
  fc.assert(
    fc.property(
      json,
      fc.array(change, { maxLength: 3 }),
      fc.integer({ min: 1, max: 40 }),
      (bytes, changes, size) => {
        const changed = [...bytes];
        for (const { at, byte, how } of changes) {
          const place = at % (changed.length + 1);
          if (how === "put") changed[place] = byte;
          if (how === "insert") changed.splice(place, 0, byte);
          if (how === "delete") changed.splice(place, 1);
        }
        const final = Uint8Array.from(changed);
        assert.equal(isValid(final, size), parses(final));
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("JsonCheck refuses bytes that are not UTF-8", () => {
  assert.equal(isValid(Uint8Array.of(0x22, 0xff, 0x22), 100), false);
  assert.equal(isValid(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 100), false);
});

Deno.test("JsonCheck accepts nesting to its limit and refuses one more", () => {
  const nested = (depth: number) => encode("[".repeat(depth) + "]".repeat(depth));
  assert.equal(isValid(nested(MAX_RECORDED_DEPTH), 7), true);
  assert.equal(isValid(nested(MAX_RECORDED_DEPTH + 1), 7), false);
});
