import { Buffer } from "node:buffer";
import { decodeJsonString, type Span } from "../../core/json_span.ts";

/** Most references one request may make and be followed; past it the rest is not looked at and so refused by the vendor. */
const MAX_REFERENCES = 256;

/** Member names under which messages and tools refer to stored objects, at any depth. */
const NESTED_NAMES = ["file_id", "file_ids", "vector_store_ids"] as const;

const NEEDLES = NESTED_NAMES.map((name) => Buffer.from(`"${name}"`));

/**
 * Ids of stored objects a JSON body refers to: the values of `topLevel`, and every `file_id` and its like below.
 * The body is parsed only when one of those names stands in it at all, which it rarely does.
 */
export function objectReferences(bytes: Uint8Array, topLevel: readonly Span[]): string[] {
  const found = new Set<string>();
  for (const span of topLevel) {
    const id = decodeJsonString(bytes, span);
    if (id !== undefined && id !== "") found.add(id);
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (NEEDLES.some((needle) => buffer.includes(needle)) || hasEscapedAscii(buffer)) {
    collect(parse(buffer), found);
  }
  return [...found];
}

const ESCAPE = Buffer.from("\\u00");

/**
 * Whether a printable ASCII character is written as an escape, which no serialiser does by itself: it is how a
 * name like `file_id` could be hidden from a search for its bytes.
 */
function hasEscapedAscii(buffer: Buffer): boolean {
  for (let at = buffer.indexOf(ESCAPE); at >= 0; at = buffer.indexOf(ESCAPE, at + 4)) {
    const high = buffer[at + 4] ?? 0;
    if (high >= 0x32 && high <= 0x37) return true; // `2` to `7`: U+0020 to U+007F
  }
  return false;
}

function parse(buffer: Buffer): unknown {
  try {
    return JSON.parse(buffer.toString("utf8"));
  } catch {
    return undefined;
  }
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
