import { isJsonObject, type JsonObject, listIn, numberIn, objectIn, textIn } from "./json.ts";

/** Deepest nesting that is filled in; a schema that asks for more gets null there. */
const MAX_DEPTH = 24;
/** From this depth on the shortest way out is taken (null, an empty list), so that recursive schemas end. */
const SHALLOW_DEPTH = 4;
/** Most values made, and parts put together, for one schema. */
const MAX_VALUES = 1000;
/** Most items made for one list. */
const MAX_ITEMS = 20;

const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-01-01T00:00:00Z",
  date: "2026-01-01",
  time: "00:00:00Z",
  duration: "PT1S",
  email: "simulated@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/simulated",
  uuid: "00000000-0000-4000-8000-000000000000",
};

/** A small value that the JSON Schema allows (but for `pattern`, `not` and conditions, which are not read). */
export function jsonSample(schema: unknown): unknown {
  return new Sampler(schema).sample(schema, "value", 0);
}

class Sampler {
  readonly #root: unknown;
  #made = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  sample(given: unknown, name: string, depth: number): unknown {
    if (depth > MAX_DEPTH || ++this.#made > MAX_VALUES) return null;
    if (!isJsonObject(given)) return `simulated ${name}`;
    const schema = this.#whole(given, depth);
    if ("const" in schema) return schema["const"];
    const [choice] = listIn(schema, "enum");
    if (choice !== undefined) return choice;
    const [example] = listIn(schema, "examples");
    if (example !== undefined) return example;
    if (schema["default"] !== undefined) return schema["default"];
    switch (typeOf(schema)) {
      case "object":
        return this.#object(schema, depth);
      case "array":
        return this.#list(schema, name, depth);
      case "integer":
      case "number":
        return numberFor(schema);
      case "boolean":
        return true;
      case "null":
        return null;
      default:
        return stringFor(schema, name);
    }
  }

  /** The schema with its reference, alternatives and parts put together. */
  #whole(given: JsonObject, depth: number): JsonObject {
    let schema = given;
    for (let hops = 0; hops < MAX_DEPTH; hops++) {
      const reference = textIn(schema, "$ref");
      const ways = [...listIn(schema, "anyOf"), ...listIn(schema, "oneOf")].filter(isJsonObject);
      if (reference !== undefined) schema = this.#resolve(reference);
      else if (ways.length > 0) {
        const out = depth >= SHALLOW_DEPTH ? ways.find((way) => way["type"] === "null") : undefined;
        schema = out ?? ways[0] ?? {};
      } else break;
    }
    const parts = listIn(schema, "allOf").filter(isJsonObject);
    if (parts.length === 0 || depth > MAX_DEPTH || ++this.#made > MAX_VALUES) return schema;
    const wholes = [schema, ...parts.map((part) => this.#whole(part, depth + 1))];
    return {
      ...Object.assign({}, ...wholes.toReversed()),
      properties: Object.assign({}, ...wholes.map((part) => objectIn(part, "properties") ?? {})),
      required: wholes.flatMap((part) => listIn(part, "required")),
      allOf: [],
    };
  }

  /** What a local JSON pointer such as `#/$defs/Step` names; an empty schema when it leads nowhere. */
  #resolve(reference: string): JsonObject {
    let at: unknown = this.#root;
    for (const segment of reference.split("/").slice(1)) {
      const name = segment.replaceAll("~1", "/").replaceAll("~0", "~");
      at = isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
    }
    return isJsonObject(at) ? at : {};
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = objectIn(schema, "properties") ?? {};
    const required = listIn(schema, "required").filter((name) => typeof name === "string");
    const names = required.length > 0 ? required : depth < SHALLOW_DEPTH ? Object.keys(properties) : [];
    return Object.fromEntries(names.map((name) => [name, this.sample(properties[name], name, depth + 1)]));
  }

  #list(schema: JsonObject, name: string, depth: number): readonly unknown[] {
    const wanted = numberIn(schema, "minItems") ?? (depth < SHALLOW_DEPTH ? 1 : 0);
    const length = Math.min(wanted, numberIn(schema, "maxItems") ?? MAX_ITEMS, MAX_ITEMS);
    return Array.from({ length }, () => this.sample(schema["items"], name, depth + 1));
  }
}

function typeOf(schema: JsonObject): unknown {
  const type = schema["type"];
  if (Array.isArray(type)) return type.find((one) => one !== "null") ?? "null";
  if (type !== undefined) return type;
  if ("properties" in schema) return "object";
  return "items" in schema ? "array" : "string";
}

function numberFor(schema: JsonObject): number {
  const above = numberIn(schema, "exclusiveMinimum");
  const below = numberIn(schema, "exclusiveMaximum");
  const min = numberIn(schema, "minimum") ?? (above === undefined ? undefined : above + 1);
  const max = numberIn(schema, "maximum") ?? (below === undefined ? undefined : below - 1);
  const start = min ?? Math.min(1, max ?? 1);
  const step = numberIn(schema, "multipleOf");
  return step === undefined || step <= 0 ? start : Math.ceil(start / step) * step;
}

function stringFor(schema: JsonObject, name: string): string {
  const text = FORMATS[textIn(schema, "format") ?? ""] ?? `simulated ${name}`;
  const min = Math.min(numberIn(schema, "minLength") ?? 0, 1000);
  return text.padEnd(min, ".").slice(0, Math.max(0, numberIn(schema, "maxLength") ?? text.length + min));
}
