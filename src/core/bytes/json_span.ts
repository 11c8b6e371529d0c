/**
 * Looks at JSON as bytes: finds the top-level members that matter and replaces a stretch, so that a body is
 * never parsed and built again on its way through (`docs/design.md` §1).
 * @module
 */
import { isUtf8 } from "node:buffer";
import { JsonScanError, JsonScanner, type JsonScanReason, MAX_JSON_DEPTH } from "./json_span/json_scanner.ts";
import { ElementMarks, MAX_NOTED_ELEMENTS } from "./json_span/element_marks.ts";

export { JsonScanError, type JsonScanReason, MAX_JSON_DEPTH, MAX_NOTED_ELEMENTS };

/** A stretch of bytes: `start` inclusive, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What {@link scanTopLevel} found. */
export interface TopLevelScan {
  /** Whether the text is an object; an array, string, number or literal has no members. */
  readonly isObject: boolean;
  /** Span of the value of each wanted member that is there. */
  readonly members: ReadonlyMap<string, Span>;
  /** The first elements of the array that was asked for, at most {@link MAX_NOTED_ELEMENTS}, without white space around them. */
  readonly elements: readonly Span[];
  /** Whether a character stands as `\u` and four digits anywhere. */
  readonly hasUnicodeEscapes: boolean;
  /** Whether any string, names included, ends as names of references do: with `_id` or `_ids`. */
  readonly hasIdStrings: boolean;
}

/**
 * Finds the values of the wanted top-level members (`names` are ASCII) in one pass, without recursion.
 *
 * For every text that `JSON.parse` accepts, the members found are those that `JSON.parse` would show, escaped
 * names (`m\u006fdel`) included. Throws {@link JsonScanError} for nesting over {@link MAX_JSON_DEPTH}, for a
 * wanted name that occurs twice (compared without case, because some servers read names so), for bytes that
 * are not UTF-8 and for text that is not JSON; a byte order mark counts as the latter.
 *
 * Deliberately not checked, because no reader of JSON or of a laxer dialect could see other top-level members
 * by it: commas, colons and the spelling of numbers and literals inside nested values, and raw control
 * characters inside strings. Brackets, strings, escapes and the bytes allowed between them are checked everywhere.
 *
 * `hints` are further names, of members on which nothing hangs but an estimate: one that stands twice is not
 * refused, and the last counts, as for `JSON.parse`. Nor is anything refused by `list`, the member whose elements
 * are told.
 */
export function scanTopLevel(
  bytes: Uint8Array,
  names: readonly string[],
  hints: readonly string[] = [],
  list?: string,
): TopLevelScan {
  if (!isUtf8(bytes)) throw new JsonScanError("utf8", 0);
  const marks = list === undefined ? undefined : new ElementMarks(bytes, list);
  const scanned = new JsonScanner(bytes, names, hints, marks).run();
  return { ...scanned, elements: marks?.elements() ?? [] };
}

/** A copy of `bytes` with the stretch `span` replaced; all other bytes stay. */
export function spliceBytes(bytes: Uint8Array, span: Span, replacement: Uint8Array): Uint8Array {
  const spliced = new Uint8Array(bytes.length - (span.end - span.start) + replacement.length);
  spliced.set(bytes.subarray(0, span.start));
  spliced.set(replacement, span.start);
  spliced.set(bytes.subarray(span.end), span.start + replacement.length);
  return spliced;
}

/** The string that the JSON string literal at `span` (quotes included) stands for; undefined for anything else. */
export function decodeJsonString(bytes: Uint8Array, span: Span): string | undefined {
  if (bytes[span.start] !== 0x22) return undefined;
  const plain = plainText(bytes, span.start + 1, span.end - 1);
  if (plain !== undefined && bytes[span.end - 1] === 0x22) return plain;
  const value = parseJson(bytes, span);
  return typeof value === "string" ? value : undefined;
}

/** Longest text that {@link plainText} reads: names of models, ids. */
const MAX_PLAIN_BYTES = 64;

/** Printable ASCII without quotes and escapes as it stands; undefined for other and for longer text. */
function plainText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > MAX_PLAIN_BYTES || end < start) return undefined;
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** The number, boolean or null at `span`; undefined for anything else. */
export function jsonLiteral(bytes: Uint8Array, span: Span): number | boolean | null | undefined {
  const first = bytes[span.start];
  if (first === 0x22 || first === 0x7b || first === 0x5b) return undefined;
  const value = parseJson(bytes, span);
  return typeof value === "number" || typeof value === "boolean" || value === null ? value : undefined;
}

/** Whether the bytes are one JSON text in UTF-8. It parses all of it: for use off the request path. */
export function isJson(bytes: Uint8Array): boolean {
  return parseJson(bytes) !== undefined;
}

// Told to refuse bad bytes itself, the platform's decoder takes a slow way, several times as long.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The JSON value at `span` (all bytes without one); undefined when it is not JSON in UTF-8. */
export function parseJson(bytes: Uint8Array, span?: Span): unknown {
  const json = span === undefined ? bytes : bytes.subarray(span.start, span.end);
  if (!isUtf8(json)) return undefined;
  try {
    return JSON.parse(decoder.decode(json));
  } catch {
    return undefined;
  }
}
