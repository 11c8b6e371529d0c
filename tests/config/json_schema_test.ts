import assert from "node:assert/strict";
import { configJsonSchema } from "../../src/config/json_schema.ts";

/** Every object schema below `node`, with its path. */
function* objects(node: unknown, path: string): Generator<[string, Record<string, unknown>]> {
  if (typeof node !== "object" || node === null) return;
  const record = node as Record<string, unknown>; // as: JSON objects and arrays can be asked for members by name
  if (record["type"] === "object") yield [path, record];
  for (const [name, child] of Object.entries(record)) yield* objects(child, `${path}/${name}`);
}

Deno.test("JSON Schema: the committed file is what the schema says now", async () => {
  const committed = await Deno.readTextFile(new URL("../../config.schema.json", import.meta.url));
  assert.deepEqual(
    JSON.parse(committed),
    JSON.parse(JSON.stringify(configJsonSchema())),
    "config.schema.json is stale: write it anew with 'deno task schema'",
  );
});

Deno.test("JSON Schema: every member has a description, every object is strict but for x- members", () => {
  const found = [...objects(configJsonSchema(), "")];
  assert.ok(found.length > 20, String(found.length));
  for (const [path, schema] of found) {
    // An object without members of its own takes names that the config's writer chooses.
    if (schema["propertyNames"] !== undefined && schema["properties"] === undefined) continue;
    assert.equal(schema["additionalProperties"], false, path);
    assert.deepEqual(schema["patternProperties"], { "^x-": {} }, path);
    for (const [name, member] of Object.entries(schema["properties"] ?? {})) {
      assert.ok(typeof member.description === "string" && member.description !== "", `${path}/${name}`);
    }
  }
});

Deno.test("JSON Schema: strategies, providers and stores are those of the registries", () => {
  const text = JSON.stringify(configJsonSchema());
  for (
    const type of ["weighted_round_robin", "random", "openai_compatible", "simulated", "deno_kv", "stdout"]
  ) {
    assert.ok(text.includes(`"${type}"`), type);
  }
});

Deno.test("JSON Schema: docs/configuration.md tells of every member", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/configuration.md", import.meta.url));
  const members = new Set(
    [...objects(configJsonSchema(), "")].flatMap(([, schema]) => Object.keys(schema["properties"] ?? {})),
  );
  assert.ok(members.size > 50, String(members.size));
  assert.deepEqual([...members].filter((member) => !page.includes(`\`${member}\``)), []);
});
