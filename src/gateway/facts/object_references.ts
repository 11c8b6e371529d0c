import { Buffer } from "node:buffer";
import { decodeJsonString, parseJson, type Span } from "../../core/bytes/json_span.ts";

/** Most references one request may make and be followed; past it the rest is not looked at and so refused by the vendor. */
const MAX_REFERENCES = 256;

/** Member names under which messages and tools refer to stored objects, at any depth. */
const NESTED_NAMES = ["file_id", "file_ids", "vector_store_ids"] as const;

const NEEDLES = NESTED_NAMES.map((name) => `"${name}"`);

/**
 * Ids of stored objects a JSON body refers to: the values of `topLevel`, and every `file_id` and its like below.
 * The body is parsed only when one of those names stands in it at all, which it rarely does; `mayHoldMore`
 * false says that none does, and none is hidden by an escape.
 */
export function objectReferences(
  bytes: Uint8Array,
  topLevel: readonly Span[],
  mayHoldMore = true,
): string[] {
  const found = new Set<string>();
  for (const span of topLevel) {
    const id = decodeJsonString(bytes, span);
    if (id !== undefined && id !== "") found.add(id);
  }
  if (!mayHoldMore) return [...found];
  // As a one-byte string: V8 searches strings natively, while `Buffer.indexOf` walks bytes in JavaScript here.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const hidden = hidesLetters(text);
  if (hidden || NEEDLES.some((needle) => text.includes(needle))) {
    collect(parseJson(hidden ? withPlainLetters(bytes) : bytes), found);
  }
  return [...found];
}

/**
 * Whether a letter or `_` is written as an escape, which no serialiser does by itself: it is how a name like
 * `file_id` could be hidden from a search for its bytes.
 */
function hidesLetters(text: string): boolean {
  for (let at = text.indexOf("\\u00"); at >= 0; at = text.indexOf("\\u00", at + 4)) {
    if (/^(?:5f|[46][1-9a-f]|[57][0-9a])$/i.test(text.slice(at + 4, at + 6))) return true;
  }
  return false;
}

/**
 * The JSON text with its escaped letters written plainly. V8 15.0 (Deno 2.9.6) can mistake a member name with
 * escapes for another of the same length that came before it, so such a name must not be left to `JSON.parse`.
 */
function withPlainLetters(bytes: Uint8Array): Uint8Array {
  const plain = new TextDecoder().decode(bytes).replace(
    /\\(?:u00(5f|[46][1-9a-f]|[57][0-9a])|.)/gi,
    (escape, code: string | undefined) =>
      code === undefined ? escape : String.fromCharCode(parseInt(code, 16)),
  );
  return new TextEncoder().encode(plain);
}

/** Walks at most the 128 levels the scan has already allowed. */
function collect(value: unknown, found: Set<string>): void {
  if (typeof value !== "object" || value === null || found.size >= MAX_REFERENCES) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (NESTED_NAMES.some((nested) => nested === name)) {
      for (const id of Array.isArray(member) ? member : [member]) {
        if (typeof id === "string" && id !== "") found.add(id);
      }
    } else collect(member, found);
  }
}
