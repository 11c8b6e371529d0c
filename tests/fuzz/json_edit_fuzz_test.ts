import assert from "node:assert/strict";
import fc from "fast-check";
import { type JsonEditKind, JsonEdits } from "../../src/core/bytes/json_edit.ts";
import { scanTopLevel } from "../../src/core/bytes/json_span.ts";

const encoder = new TextEncoder();
const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** Few names, so that paths meet members; some that prototypes have. */
const NAMES = ["a", "b", "c", "topK", "ü", "constructor", "", '"', "a.b"];

interface Edit {
  readonly kind: JsonEditKind;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** A JSON string literal in one of its many spellings. */
function spelled(text: string, dice: readonly number[]): string {
  const units = Array.from({ length: text.length }, (_, at) => {
    const escaped = `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`;
    return dice[at % Math.max(1, dice.length)] === 0 ? escaped : JSON.stringify(text[at]).slice(1, -1);
  });
  return `"${units.join("")}"`;
}

const dice = fc.array(fc.nat(3), { minLength: 1, maxLength: 5 });
const name = fc.tuple(fc.constantFrom(...NAMES), dice).map(([text, roll]) => spelled(text, roll));
const space = fc.constantFrom("", "", " ", "\n", "\t ");

const { object } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("1", "-0", "1.0", "12345678901234567890", "1e400", "true", "null", '"x\\u0041"', '"{"'),
    tie("array"),
    tie("object"),
    tie("object"),
  ),
  array: fc.tuple(fc.array(tie("value"), { maxLength: 3 }), space)
    .map(([items, gap]) => `[${gap}${items.join(`${gap},`)}${gap}]`),
  object: fc.tuple(fc.array(fc.tuple(name, tie("value")), { maxLength: 5 }), space).map((
    [members, gap],
  ) =>
    `{${gap}${members.map(([key, member]) => `${key}${gap}:${gap}${member}`).join(`${gap},${gap}`)}${gap}}`
  ),
}));

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("set" as const, "default" as const, "delete" as const),
  path: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
  value: fc.constantFrom<unknown>(7, 0.5, "s", null, true, [1], { deep: { a: 1 } }),
});

/** The edits that could be added, and what they were compiled to. */
function compiled(edits: readonly Edit[]): { taken: Edit[]; edits: JsonEdits } {
  const all = new JsonEdits();
  const taken = edits.filter(({ kind, path, value }) => all.add(kind, path, value));
  return { taken, edits: all };
}

/** What `JSON.parse` shows, as maps: V8 15.0 may show a wrong name for an escaped one, so literals are written plainly first. */
function parsed(json: string): unknown {
  const plain = json.replace(/"(?:[^"\\]|\\.)*"/g, (literal) => JSON.stringify(JSON.parse(literal)));
  return asMaps(JSON.parse(plain));
}

function asMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMaps);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, member]) => [key, asMaps(member)]));
}

/** The same edits on parsed data, in their order: set, default, delete. */
function editedData(data: unknown, edits: readonly Edit[]): unknown {
  for (const kind of ["set", "default", "delete"] as const) {
    for (const each of edits) if (each.kind === kind) editOne(data, each.path, each);
  }
  return data;
}

function editOne(data: unknown, [first = "", ...below]: readonly string[], { kind, value }: Edit): void {
  if (!(data instanceof Map)) return;
  if (below.length === 0) {
    if (kind === "delete") data.delete(first);
    else if (kind === "set" || !data.has(first)) data.set(first, asMaps(value));
    return;
  }
  const isMade = !data.has(first) || (kind === "set" && !(data.get(first) instanceof Map));
  if (isMade && kind !== "delete") data.set(first, new Map());
  editOne(data.get(first), below, { kind, path: below, value });
}

Deno.test("editing and then parsing shows what parsing and then editing does", () => {
  fc.assert(
    fc.property(object, fc.array(edit, { maxLength: 5 }), (json, wanted) => {
      const { taken, edits } = compiled(wanted);
      const edited = edits.apply(encoder.encode(json));
      assert.deepEqual(parsed(decode(edited)), editedData(parsed(json), taken));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("an edited text is taken by the scan, and editing it again with what is set and deleted changes nothing", () => {
  fc.assert(
    fc.property(object, fc.array(edit, { maxLength: 4 }), (json, wanted) => {
      const { edits } = compiled(wanted);
      const once = edits.apply(encoder.encode(json));
      assert.equal(scanTopLevel(once, []).isObject, true);
      assert.equal(decode(edits.apply(once)), decode(once));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a name that no edit has keeps its bytes, in their order", () => {
  const others = fc.array(fc.tuple(fc.constantFrom("x", "y", "z"), object), { maxLength: 4 });
  fc.assert(
    fc.property(others, object, fc.array(edit, { maxLength: 4 }), (members, json, wanted) => {
      const texts = members.map(([key, value]) => `"${key}" :${value}`);
      const inner = json.slice(1, -1);
      const whole = `{${[...texts, ...(inner.trim() === "" ? [] : [inner])].join(",")}}`;
      const edited = decode(compiled(wanted).edits.apply(encoder.encode(whole)));
      assert.ok(edited.startsWith(`{${texts.join(",")}`), edited);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a damaged text is refused or edited, never more", () => {
  const damage = fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\x0\u0001'));
  fc.assert(
    fc.property(object, damage, fc.array(edit, { maxLength: 3 }), (json, [at, character], wanted) => {
      const place = at % (json.length + 1);
      const damaged = json.slice(0, place) + character + json.slice(place + 1);
      try {
        compiled(wanted).edits.apply(encoder.encode(damaged));
      } catch (error) {
        assert.equal(error instanceof Error && error.name, "JsonScanError");
      }
    }),
    { numRuns: 2000 },
  );
});
