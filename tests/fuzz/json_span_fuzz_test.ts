import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeJsonString,
  JsonScanError,
  MAX_JSON_DEPTH,
  scanTopLevel,
  spliceBytes,
} from "../../src/core/bytes/json_span.ts";

const encoder = new TextEncoder();
const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const WANTED = ["model", "stream", "n"];

const space = fc.constantFrom("", "", " ", "\n", "\t ", "\r\n");

/** A JSON string literal in one of its many spellings. */
function spelled(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const unit = (code: number) => `\\u${code.toString(16).padStart(4, "0")}`;
  return fc.tuple(text, fc.infiniteStream(fc.nat(7))).map(([value, dice]) => {
    const units = Array.from({ length: value.length }, (_, at) => {
      const roll: number = dice.next().value ?? 0;
      return roll === 0 ? unit(value.charCodeAt(at)) : JSON.stringify(value[at]).slice(1, -1);
    });
    return `"${units.join("")}"`;
  });
}

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom("-0", "1.0", "12345678901234567890", "1e400", "0.1E-7", "2e+3"),
);

/** Any text, lone surrogates and the wanted names as values included. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(...WANTED, '"', "\\", "{", "]", "\ud800", "😀"),
);

const { value } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    number,
    fc.constantFrom("true", "false", "null"),
    spelled(text),
    tie("array"),
    tie("object"),
  ),
  array: fc.tuple(fc.array(tie("value"), { maxLength: 4 }), space).map(([items, gap]) =>
    `[${gap}${items.join(`${gap},`)}${gap}]`
  ),
  object: fc.tuple(fc.array(fc.tuple(spelled(text), tie("value")), { maxLength: 4 }), space).map((
    [members, gap],
  ) => `{${gap}${members.map(([name, member]) => `${name}${gap}:${member}`).join(`,${gap}`)}}`),
}));

const name = spelled(
  fc.oneof(text, fc.constantFrom(...WANTED, "Model", "STREAM", "modell", "mode", "__proto__")),
);

/** Members of an object, in which wanted names may occur never, once or twice, and white space around them. */
const objectParts = fc.tuple(fc.array(fc.tuple(name, value), { maxLength: 7 }), space);

function joined([members, gap]: readonly [readonly (readonly [string, string])[], string]): string {
  return `${gap}{${gap}${members.map(([key, member]) => `${key}:${gap}${member}`).join(`${gap},`)}}${gap}`;
}

const objectText = objectParts.map(joined);

function nameOf(literal: string): string {
  const parsed: unknown = JSON.parse(literal);
  return typeof parsed === "string" ? parsed : assert.fail("not a string");
}

/** The scan, or why it was refused. */
function scan(bytes: Uint8Array): ReturnType<typeof scanTopLevel> | JsonScanError {
  try {
    return scanTopLevel(bytes, WANTED);
  } catch (error) {
    return error instanceof JsonScanError ? error : assert.fail(String(error));
  }
}

/**
 * The top-level names that `JSON.parse` should show, undefined for a text that is no object. String literals are
 * written plainly first: V8 15.0 takes an escaped name (`mode\u006c`) for one that ends with a backslash (`mode\`)
 * once it has parsed an object with such a name in that place.
 */
function shownNames(json: string): string[] | undefined {
  const plain = json.replace(/"(?:[^"\\]|\\.)*"/g, (literal) => JSON.stringify(JSON.parse(literal)));
  const parsed: unknown = JSON.parse(plain);
  const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  return isObject ? Object.keys(parsed) : undefined;
}

Deno.test("the scan finds the wanted members, as their own bytes, in every JSON object", () => {
  fc.assert(
    fc.property(objectParts, (parts) => {
      const bytes = encoder.encode(joined(parts));
      const found = scan(bytes);
      if (found instanceof JsonScanError) {
        assert.equal(found.reason, "duplicate", found.message);
        return;
      }
      assert.equal(found.isObject, true);
      const raw = new Map(parts[0].map(([key, member]) => [nameOf(key), member]));
      for (const wanted of WANTED) {
        const span = found.members.get(wanted);
        const expected = raw.get(wanted);
        // A raw lone surrogate cannot be bytes; encoding makes it U+FFFD.
        assert.equal(span && decode(bytes.subarray(span.start, span.end)), expected?.toWellFormed());
      }
      assert.deepEqual(
        shownNames(decode(bytes))?.filter((key) => WANTED.includes(key)).sort(),
        [
          ...found.members.keys(),
        ].sort(),
      );
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a wanted name is refused when, and only when, it stands twice in any spelling or case", () => {
  const members = fc.array(fc.tuple(name, value), { maxLength: 7 });
  fc.assert(
    fc.property(members, (pairs) => {
      const found = scan(encoder.encode(`{${pairs.map(([key, member]) => `${key}:${member}`).join(",")}}`));
      const names = pairs.map(([key]) => nameOf(key).toLowerCase());
      const isDouble = WANTED.some((wanted) => names.filter((key) => key === wanted).length > 1);
      assert.equal(found instanceof JsonScanError && found.reason === "duplicate", isDouble);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("what the scan accepts of damaged JSON shows JSON.parse no other members", () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\/u\n x0\u0001'), fc.boolean()), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(objectText, damage, (json, edits) => {
      let damaged = json;
      for (const [at, character, insert] of edits) {
        const place = at % (damaged.length + 1);
        damaged = damaged.slice(0, place) + character + damaged.slice(insert ? place : place + 1);
      }
      const bytes = encoder.encode(damaged);
      const found = scan(bytes);
      try {
        JSON.parse(decode(bytes));
      } catch {
        return; // The scan may pass it: only inside nested values and strings is it more patient.
      }
      if (found instanceof JsonScanError) {
        return assert.ok(["duplicate", "depth"].includes(found.reason), damaged);
      }
      const names = shownNames(decode(bytes));
      assert.equal(found.isObject, names !== undefined);
      const expected = WANTED.filter((wanted) => names?.includes(wanted));
      assert.deepEqual([...found.members.keys()].sort(), expected.sort());
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a text cut anywhere is no JSON", () => {
  fc.assert(
    fc.property(objectText, fc.nat(), (json, at) => {
      const bytes = encoder.encode(json.trim());
      const found = scan(bytes.subarray(0, at % bytes.length));
      assert.ok(found instanceof JsonScanError, "accepted");
      assert.ok(["syntax", "utf8", "duplicate"].includes(found.reason));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("depth is counted as it is", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 140 }), (kinds) => {
      const open = kinds.map((isArray) => isArray ? "[" : '{"a":').join("");
      const close = kinds.toReversed().map((isArray) => isArray ? "]" : "}").join("");
      const found = scan(encoder.encode(`{"x":${open}0${close}}`));
      const isTooDeep = kinds.length + 1 > MAX_JSON_DEPTH;
      assert.equal(found instanceof JsonScanError && found.reason === "depth", isTooDeep);
    }),
  );
});

Deno.test("bytes of any kind are refused or scanned, never more", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void scan(bytes)), { numRuns: 2000 });
});

Deno.test("splicing a found value changes that member and no other byte", () => {
  fc.assert(
    fc.property(objectText, fc.string(), (json, model) => {
      const bytes = encoder.encode(json);
      const found = scan(bytes);
      const span = found instanceof JsonScanError ? undefined : found.members.get("model");
      if (span === undefined) return;
      const replacement = encoder.encode(JSON.stringify(model));
      const spliced = spliceBytes(bytes, span, replacement);
      assert.deepEqual(spliced.subarray(0, span.start), bytes.subarray(0, span.start));
      assert.deepEqual(spliced.subarray(span.start + replacement.length), bytes.subarray(span.end));
      const again = scan(spliced);
      assert.ok(!(again instanceof JsonScanError));
      const changed = again.members.get("model");
      assert.equal(changed && decodeJsonString(spliced, changed), model.toWellFormed());
    }),
    { numRuns: 1000 },
  );
});
