/** JSON whose numbers keep their spelling (`1.0`, integers over 2^53) from parsing to writing. */

/** Numbers that JavaScript may spell in another way than they came, where a value can stand. */
const RISKY_NUMBER = /[:[,\s](?:-0|-?\d{16}|-?\d+[.eE])/;

/** The part of the language's `JSON` that the type library does not know yet (source text access, ES2026). */
interface SourceJson {
  parse(
    text: string,
    reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}

// The platform has these members; only their declarations are missing.
const sourceJson = JSON as unknown as SourceJson;

/**
 * Parses like `JSON.parse`, but a number that would be written differently becomes a value that
 * `JSON.stringify` writes as it came; read it with {@link exactNumber}. Throws like `JSON.parse`.
 */
export function parseExact(text: string): unknown {
  if (!RISKY_NUMBER.test(text)) return JSON.parse(text);
  return sourceJson.parse(
    text,
    (_key, value, { source }) =>
      typeof value === "number" && source !== undefined && String(value) !== source
        ? sourceJson.rawJSON(source)
        : value,
  );
}

/** The number that a parsed value is, or undefined. */
export function exactNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return sourceJson.isRawJSON(value) ? Number(value.rawJSON) : undefined;
}

/** A parsed JSON object; members are looked up with `Object.hasOwn` or `Object.keys` where names are foreign. */
export type JsonObject = Record<string, unknown>;

/** Whether a parsed value is an object: no array, no null, no number kept in its spelling. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !sourceJson.isRawJSON(value);
}
