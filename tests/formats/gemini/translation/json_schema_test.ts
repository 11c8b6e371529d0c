import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonSchema } from "../../../../src/formats/gemini/translation/json_schema.ts";

Deno.test("Google's schema becomes JSON Schema", () => {
  assert.deepEqual(
    jsonSchema({
      type: "OBJECT",
      properties: {
        type: { type: "STRING", nullable: true, example: "a" },
        list: { type: "ARRAY", items: { type: "INTEGER", format: "int32" }, maxItems: "4" },
        choice: { ["any_of"]: [{ type: "STRING" }, { type: "NUMBER" }], nullable: true },
        any: { type: "TYPE_UNSPECIFIED", description: "d" },
      },
      propertyOrdering: ["type"],
      required: ["type"],
    }),
    {
      type: "object",
      properties: {
        type: { type: ["string", "null"], examples: ["a"] },
        list: { type: "array", items: { type: "integer", format: "int32" }, maxItems: 4 },
        choice: { anyOf: [{ type: "string" }, { type: "number" }, { type: "null" }] },
        any: { description: "d" },
      },
      required: ["type"],
    },
  );
});

Deno.test("what is JSON Schema already stays as it is", () => {
  const { schema } = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.record({ type: fc.constantFrom("string", ["integer", "null"]), enum: fc.array(fc.string()) }),
      fc.record({
        type: fc.constantFrom("object", "array"),
        items: tie("schema"),
        properties: fc.dictionary(fc.string(), tie("schema"), { maxKeys: 2 }),
        anyOf: fc.array(tie("schema"), { maxLength: 2 }),
        additionalProperties: fc.boolean(),
        minItems: fc.nat(),
        $ref: fc.constant("#/$defs/a"),
      }, { requiredKeys: [] }),
    ),
  }));
  fc.assert(
    fc.property(schema, (value) => {
      const plain = JSON.parse(JSON.stringify(value));
      assert.deepEqual(jsonSchema(plain), plain);
    }),
    { numRuns: 200 },
  );
});
