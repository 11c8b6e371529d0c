import { exactNumber, isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";

/** Members of Google's `Schema` (a subset of OpenAPI 3.0) that hold one schema, a list of them, or them by name. */
const ONE = new Set(["items", "additionalProperties", "not"]);
const LIST = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);
const NAMED = new Set(["properties", "defs", "$defs"]);

/** 64-bit integers, which Google's JSON spells as strings. */
const COUNTS = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);

/** Members that JSON Schema does not know, or that are spelt in another way there. */
const LEFT_OUT = new Set(["nullable", "example", "propertyOrdering"]);

/**
 * JSON Schema for a `Schema` of Google's: type words in lower case, `nullable` as one of the types, counts as
 * numbers, in camelCase. A schema that is JSON Schema already comes back as it is. `propertyOrdering` is left out:
 * no other vendor reads it.
 */
export function jsonSchema(schema: JsonObject): JsonObject {
  const members: [string, unknown][] = [];
  for (const [spelt, value] of Object.entries(schema)) {
    const name = spelt.replace(
      /^(any|prefix|min|max|additional|one|all)_([a-z])/,
      (_, word: string, letter) => word + String(letter).toUpperCase(),
    );
    const converted = convertedMember(name, value);
    if (converted !== undefined) members.push([name, converted]);
  }
  const { nullable, example } = schema;
  // Entries and not assignments: a property may be called `__proto__`.
  const result = Object.fromEntries(members);
  if (example !== undefined && result.examples === undefined) result.examples = [example];
  return nullable === true ? withNull(result) : result;
}

function convertedMember(name: string, value: unknown): unknown {
  if (LEFT_OUT.has(name)) return undefined;
  if (name === "type") return typeWord(value);
  if (ONE.has(name)) return isJsonObject(value) ? jsonSchema(value) : value;
  if (LIST.has(name) && Array.isArray(value)) {
    return value.map((item) => isJsonObject(item) ? jsonSchema(item) : item);
  }
  if (NAMED.has(name) && isJsonObject(value)) {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, isJsonObject(item) ? jsonSchema(item) : item]),
    );
  }
  if (COUNTS.has(name) && typeof value === "string") return exactNumber(Number(value));
  return value;
}

function typeWord(value: unknown): unknown {
  if (value === "TYPE_UNSPECIFIED") return undefined;
  if (typeof value === "string") return value.toLowerCase();
  return Array.isArray(value) ? value.map(typeWord) : value;
}

function withNull(schema: JsonObject): JsonObject {
  const { type, enum: values } = schema;
  if (typeof type === "string") schema.type = [type, "null"];
  else if (Array.isArray(schema.anyOf)) schema.anyOf = [...schema.anyOf, { type: "null" }];
  if (Array.isArray(values) && !values.includes(null)) schema.enum = [...values, null];
  return schema;
}
