import assert from "node:assert/strict";
import fc from "fast-check";
import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { readJsonc } from "../../../src/config/text/jsonc_reader.ts";
import type { NodeTable } from "../../../src/config/text/node_table.ts";
import type { Path } from "../../../src/config/text/source.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

const read = (text: string, maxNesting = 64) => atOnce(readJsonc(text, maxNesting));

/** Pieces that JSONC texts and broken ones are made of. */
const PIECES = [
  ..."{}[],:",
  ...[
    '"a"',
    '"b"',
    '"set"',
    '"x-a"',
    '"__proto__"',
    '"é\\u00e9"',
    '"\\q"',
    '"\\u12"',
    '"open',
    "1",
    "-2.5e3",
    "1.",
  ],
  ...[
    "true",
    "null",
    "nonsense",
    "-",
    "// c\n",
    "/* c */",
    "/* open",
    "\n",
    " ",
    "\t",
    "\x01",
    '"\x01"',
    '"a": ',
  ],
];

const WORDS = fc.constantFrom("a", "b", "c", "name");
const JSON_TEXT = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(1, true, null, "text", 'q"\\'),
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("value"), { maxLength: 5 }),
  object: fc.dictionary(WORDS, tie("value"), { maxKeys: 4 }),
})).value.map((value) => JSON.stringify(value, null, 1));

/** A sound text with a few places cut out or filled with something else. */
const BROKEN = fc.tuple(
  JSON_TEXT,
  fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom("", ...PIECES)), { maxLength: 3 }),
)
  .map(([text, cuts]) =>
    cuts.reduce((whole, [at, length, piece]) => {
      const from = at % (whole.length + 1);
      return whole.slice(0, from) + piece + whole.slice(from + length);
    }, text)
  );

const TEXTS = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join("")),
  BROKEN,
);

Deno.test("every fault is found where jsonc-parser finds it, and none beside", () => {
  fc.assert(
    fc.property(TEXTS, (text) => {
      const errors: ParseError[] = [];
      parseTree(text, errors, { allowTrailingComma: true });
      const expected = errors.map(({ error, offset, length }) => ({
        ...{ fault: printParseErrorCode(error), offset, length },
      }));
      assert.deepEqual(read(text).faults, expected);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("a text without faults has the values and the places that jsonc-parser finds", () => {
  fc.assert(
    fc.property(JSON_TEXT, fc.boolean(), (json, hasComments) => {
      const text = hasComments
        ? json.replaceAll("\n", " // c\n/* d */ ").replaceAll(/([\]}])$/g, ",$1")
        : json;
      const errors: ParseError[] = [];
      const root = parseTree(text, errors, { allowTrailingComma: true });
      if (root === undefined || errors.length > 0) return;
      const { value, nodes } = read(text);
      assert.deepEqual(value, JSON.parse(JSON.stringify(getNodeValue(root))));
      comparePlaces(root, nodes, []);
    }),
    { numRuns: 1_000 },
  );
});

function comparePlaces(node: Node, nodes: NodeTable, path: Path): void {
  const { isThere, value } = nodes.find(path);
  assert.deepEqual({ isThere, value }, {
    isThere: true,
    value: { offset: node.offset, length: node.length },
  });
  for (const [at, child] of (node.children ?? []).entries()) {
    if (node.type === "array") comparePlaces(child, nodes, [...path, at]);
    else {
      const [name, inner] = child.children ?? [];
      assert.ok(name && inner);
      const place = nodes.find([...path, String(name.value)]);
      assert.deepEqual(place.name, { offset: name.offset, length: name.length });
      comparePlaces(inner, nodes, [...path, String(name.value)]);
    }
  }
}

Deno.test("a path that the text does not have leads to the last that it has", () => {
  const text = '{ "a": [1, { "b": 2 }] }';
  const { nodes } = read(text);
  const rows: [Path, boolean, string][] = [
    [[], true, text],
    [["a", 1, "b"], true, "2"],
    [["a", 1, "c"], false, '{ "b": 2 }'],
    [["a", 2], false, '[1, { "b": 2 }]'],
    [["a", "b"], false, '[1, { "b": 2 }]'],
    [["a", 0, 0], false, "1"],
    [["c", "d"], false, text],
  ];
  for (const [path, isThere, shown] of rows) {
    const { isThere: found, value: { offset, length } } = nodes.find(path);
    assert.deepEqual([found, text.slice(offset, offset + length)], [isThere, shown], path.join("."));
  }
});

Deno.test("a text is read in as many steps as it is long", () => {
  const steps = readJsonc(JSON.stringify(Array.from({ length: 6_400 }, (_, number) => number)), 64);
  let rests = 0;
  while (steps.next().done !== true) rests++;
  assert.ok(rests >= 100, `${rests} rests`);
});
