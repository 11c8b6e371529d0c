import assert from "node:assert/strict";
import fc from "fast-check";
import { atOnce } from "../../../src/core/time/steps.ts";
import { SecretIndex } from "../../../src/recording/redaction/secret_index.ts";

const indexOf = (secrets: Iterable<string>) => atOnce(SecretIndex.of(secrets));
const encoder = new TextEncoder();
const found = (index: SecretIndex, text: string) => index.find(encoder.encode(text));

/** An index to which all after the first ones were added one by one, made anew where it had no room. */
function grown(first: readonly string[], more: readonly string[]): SecretIndex {
  let index = indexOf(first);
  more.forEach((secret, at) => {
    if (!index.add(secret)) index = indexOf([...first, ...more.slice(0, at + 1)]);
  });
  return index;
}

Deno.test("a secret that is added is found in all its spellings, wherever it stands", () => {
  const secret = `pa"ss/wörd\\x and more`;
  const index = indexOf(["sk-proj-abcdefgh12345678"]);
  assert.ok(index.add(secret));
  const escaped = JSON.stringify(secret).slice(1, -1);
  for (const spelling of [secret, escaped, escaped.replaceAll("/", "\\/")]) {
    const length = encoder.encode(spelling).length;
    for (let start = 0; start < 20; start++) {
      assert.deepEqual(found(index, `${"-".repeat(start)}${spelling}--`), [{ start, end: start + length }]);
    }
  }
  assert.equal(found(index, "--sk-proj-abcdefgh12345678").length, 1);
});

Deno.test("one of thousands that are added is found as those are that were there", () => {
  const keys = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => `sk-${name}-${Math.imul(at + 1, 0x9e3779b1) >>> 0}${at}`);
  const first = keys("first", 10_000);
  const more = keys("more", 5_000);
  const index = indexOf(first);
  for (const secret of more) assert.ok(index.add(secret));
  for (const secret of [...first, ...more]) assert.equal(found(index, `"${secret}"`).length, 1);
});

Deno.test("an index takes half as many as it was made for, then it must be made anew", () => {
  const keys = Array.from({ length: 1_501 }, (_, at) => `a-secret-with-number-${at}`);
  const index = indexOf(keys.slice(0, 1_000));
  for (const secret of keys.slice(1_000, 1_500)) assert.ok(index.add(secret));
  assert.ok(!index.add(keys[1_500] ?? ""));
  assert.equal(index.size, 1_500);
});

Deno.test("a secret shorter than a stride and a window is refused: it could stand between two places looked at", () => {
  const long = "a-secret-that-is-long";
  const index = indexOf([long]);
  assert.ok(!index.add("12345678"));
  assert.ok(index.add("short"), "one that is never looked for needs no room");
  assert.ok(indexOf([long, "12345678"]).add("abcdefgh"));
});

Deno.test("making one yields every few secrets", () => {
  let steps = 0;
  for (
    const making = SecretIndex.of(Array.from({ length: 3_200 }, (_, at) => `a-secret-${at}`));
    !making.next().done;
  ) {
    steps++;
  }
  assert.ok(steps >= 100, `${steps} steps`);
});

Deno.test("a grown index finds what one made at once finds", () => {
  const letter = fc.constantFrom("a", "b", "/", "ä", '"');
  const word = (minLength: number, maxLength: number) =>
    fc.array(letter, { minLength, maxLength }).map((letters) => letters.join(""));
  const words = fc.array(fc.oneof(word(4, 10), word(15, 20)), { maxLength: 5 });
  fc.assert(
    fc.property(
      words,
      words,
      fc.array(fc.oneof(word(0, 9), fc.nat(9)), { maxLength: 8 }),
      (first, more, parts) => {
        const all = [...first, ...more];
        const text = parts.map((part) => typeof part === "string" ? part : all[part] ?? "").join("");
        assert.deepEqual(found(grown(first, more), text), found(indexOf(all), text));
        for (const secret of all) {
          if (encoder.encode(secret).length >= 8) {
            assert.notDeepEqual(
              found(grown(first, more), `ab${secret}`),
              [],
            );
          }
        }
      },
    ),
    { numRuns: 1000 },
  );
});
