import assert from "node:assert/strict";
import { jsonSample } from "../../../../src/providers/simulated/text/json_sample.ts";

Deno.test("jsonSample fills what a schema requires", () => {
  const cases: readonly (readonly [unknown, unknown])[] = [
    [{ type: "string" }, "simulated value"],
    [{ type: "string", maxLength: 4 }, "simu"],
    [{ type: "string", minLength: 18 }, "simulated value..."],
    [{ type: "string", format: "date" }, "2026-01-01"],
    [{ type: "integer" }, 1],
    [{ type: "integer", minimum: 5, multipleOf: 4 }, 8],
    [{ type: "number", exclusiveMinimum: 0, maximum: 9 }, 1],
    [{ type: "number", maximum: -3 }, -3],
    [{ type: "boolean" }, true],
    [{ type: "null" }, null],
    [{ type: ["null", "boolean"] }, true],
    [{ const: 7 }, 7],
    [{ enum: ["b", "a"] }, "b"],
    [{ type: "string", default: "d" }, "d"],
    [{ type: "string", examples: ["e"] }, "e"],
    [{ type: "array", items: { type: "boolean" } }, [true]],
    [{ type: "array", items: { type: "null" }, minItems: 3 }, [null, null, null]],
    [{ type: "array", items: {}, maxItems: 0 }, []],
    [{ anyOf: [{ type: "integer" }, { type: "null" }] }, 1],
    [{ oneOf: [{ $ref: "#/$defs/a" }], $defs: { a: { type: "boolean" } } }, true],
    [{ properties: { a: { type: "integer" }, b: {} }, required: ["a"] }, { a: 1 }],
    [{ type: "object", properties: { a: { type: "integer" } } }, { a: 1 }],
    [{ type: "object" }, {}],
    [{ $ref: "#/$defs/x~1y", $defs: { "x/y": { const: 1 } } }, 1],
    [{ $ref: "#/nowhere" }, "simulated value"],
    [
      {
        type: "object",
        allOf: [
          { properties: { a: { const: 1 } }, required: ["a"] },
          { properties: { b: { const: 2 } }, required: ["b"] },
        ],
      },
      { a: 1, b: 2 },
    ],
    [true, "simulated value"],
  ];
  for (const [schema, expected] of cases) {
    assert.deepEqual(jsonSample(schema), expected, JSON.stringify(schema));
  }
});

Deno.test("jsonSample ends recursive schemas where they may end", () => {
  const node = {
    type: "object",
    properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
    required: ["next"],
  };
  assert.match(JSON.stringify(jsonSample(node)), /^(\{"next":){1,6}null\}+$/);
  const tree = {
    type: "object",
    properties: { kids: { type: "array", items: { $ref: "#" } } },
    required: ["kids"],
  };
  assert.match(JSON.stringify(jsonSample(tree)), /"kids":\[\]/);
});

Deno.test("jsonSample survives schemas that have no end", () => {
  const endless = {
    type: "object",
    properties: { a: { $ref: "#" }, b: { $ref: "#" } },
    required: ["a", "b"],
  };
  assert.ok(JSON.stringify(jsonSample(endless)).length < 50_000);
  assert.equal(jsonSample({ $ref: "#" }), "simulated value");
  const parts: Record<string, unknown> = { type: "object" };
  parts["allOf"] = [{ $ref: "#" }, { $ref: "#" }, { $ref: "#" }];
  assert.deepEqual(jsonSample(parts), {});
});
