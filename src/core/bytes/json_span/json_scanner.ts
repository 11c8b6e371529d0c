import { StringStops } from "../string_stops.ts";
import { type ElementMarks, MAX_MARKS } from "./element_marks.ts";
import { equalsWithoutCase, isDigit, isHexDigit, spells } from "./spelling.ts";

/** Deepest nesting of objects and arrays that a scan goes along with; the top-level object is level 1. */
export const MAX_JSON_DEPTH = 128;

/** Why a scan refused a text: too deep, a wanted member twice, not UTF-8, or not JSON. */
export type JsonScanReason = "depth" | "duplicate" | "utf8" | "syntax";

/** Thrown by a scan; its message never holds bytes of the text. */
export class JsonScanError extends Error {
  override readonly name = "JsonScanError";
  readonly reason: JsonScanReason;
  /** Byte offset where the scan stopped; 0 for `utf8`. */
  readonly offset: number;
  /** The wanted member that stands twice; set for `duplicate` only. */
  readonly member: string | undefined;

  constructor(reason: JsonScanReason, offset: number, member?: string) {
    super(`Cannot scan JSON: ${reason} at byte ${offset}`);
    this.reason = reason;
    this.offset = offset;
    this.member = member;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const BRACKET = 0x5b;
const COLON = 0x3a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;

/** A table with `value` at the code of each character of `characters`. */
function mark(table: Uint8Array, characters: string, value: number): void {
  for (const character of characters) table[character.charCodeAt(0)] = value;
}

const PLAIN = 1;
const STRING = 2;
const OPEN = 3;
const CLOSE = 4;
const SEPARATOR = 5;

/** What a byte outside of strings means inside a nested value; 0: it may not stand there. */
const NESTED_CLASS = new Uint8Array(256);
mark(NESTED_CLASS, " \t\n\r0123456789+-.eE:truefalsn", PLAIN);
mark(NESTED_CLASS, '"', STRING);
mark(NESTED_CLASS, "{[", OPEN);
mark(NESTED_CLASS, "}]", CLOSE);
mark(NESTED_CLASS, ",", SEPARATOR);

/** Bytes that may follow a backslash, `u` apart. */
const SIMPLE_ESCAPE = new Uint8Array(256);
mark(SIMPLE_ESCAPE, `"\\/bfnrt`, 1);

const LITERALS = ["true", "false", "null"] as const;

/** The closing brackets that are awaited; a scan is synchronous, so all scans share it. */
const awaited = new Uint8Array(MAX_JSON_DEPTH + 1);

const decoder = new TextDecoder();

/** One scan of one text; what it promises is told at `scanTopLevel` in `core/bytes/json_span.ts`. */
export class JsonScanner {
  readonly #bytes: Uint8Array;
  readonly #names: readonly string[];
  readonly #hints: readonly string[];
  readonly #members = new Map<string, { readonly start: number; readonly end: number }>();
  readonly #list: ElementMarks | undefined;
  /** Wanted names that stood there in another case. */
  #variants: Set<string> | undefined;
  readonly #stops: StringStops;
  #hasUnicodeEscapes = false;
  #hasIdStrings = false;

  constructor(bytes: Uint8Array, names: readonly string[], hints: readonly string[], list?: ElementMarks) {
    this.#bytes = bytes;
    this.#stops = new StringStops(bytes);
    this.#names = names;
    this.#hints = hints;
    this.#list = list;
  }

  /** Scans the whole text. Throws {@link JsonScanError}. */
  run(): {
    isObject: boolean;
    hasUnicodeEscapes: boolean;
    hasIdStrings: boolean;
    members: ReadonlyMap<string, { readonly start: number; readonly end: number }>;
  } {
    const start = this.#space(0);
    const isObject = this.#bytes[start] === BRACE;
    const end = this.#space(isObject ? this.#object(start) : this.#value(start, 0));
    if (end !== this.#bytes.length) throw new JsonScanError("syntax", end);
    return {
      isObject,
      members: this.#members,
      hasUnicodeEscapes: this.#hasUnicodeEscapes,
      hasIdStrings: this.#hasIdStrings,
    };
  }

  /** Where the white space at `at` ends. */
  spaceEnd(at: number): number {
    return this.#space(at);
  }

  /** Where the value that begins at `at` inside `depth` others ends. Asked for ever later places only. Throws {@link JsonScanError}. */
  valueEnd(at: number, depth: number): number {
    return this.#value(at, depth);
  }

  #object(start: number): number {
    const bytes = this.#bytes;
    let at = this.#space(start + 1);
    if (bytes[at] === BRACE_END) return at + 1;
    for (;;) {
      if (bytes[at] !== QUOTE) throw new JsonScanError("syntax", at);
      const nameStart = at;
      const nameEnd = this.#string(at);
      at = this.#space(nameEnd);
      if (bytes[at] !== COLON) throw new JsonScanError("syntax", at);
      const valueStart = this.#space(at + 1);
      const marks = this.#list?.marksOf(nameStart, nameEnd, valueStart);
      const valueEnd = marks === undefined ? this.#value(valueStart, 1) : this.#nested(valueStart, 1, marks);
      this.#note(nameStart, nameEnd, valueStart, valueEnd);
      at = this.#space(valueEnd);
      if (bytes[at] === BRACE_END) return at + 1;
      if (bytes[at] !== COMMA) throw new JsonScanError("syntax", at);
      at = this.#space(at + 1);
    }
  }

  #note(nameStart: number, nameEnd: number, start: number, end: number): void {
    const written = this.#writtenName(nameStart, nameEnd);
    for (const name of this.#names) {
      const isSame = written === undefined
        ? equalsWithoutCase(this.#bytes, nameStart + 1, nameEnd - 1, name)
        : written.toLowerCase() === name.toLowerCase();
      if (!isSame) continue;
      if (this.#members.has(name) || this.#variants?.has(name)) {
        throw new JsonScanError("duplicate", nameStart, name);
      }
      const exact = written ?? decoder.decode(this.#bytes.subarray(nameStart + 1, nameEnd - 1));
      if (exact === name) this.#members.set(name, { start, end });
      else (this.#variants ??= new Set()).add(name);
    }
    for (const name of this.#hints) {
      const isSame = written === undefined ? this.#spellsName(nameStart, nameEnd, name) : written === name;
      if (isSame) this.#members.set(name, { start, end });
    }
  }

  /** Whether the literal without escapes is exactly that name. */
  #spellsName(start: number, end: number, name: string): boolean {
    return end - start - 2 === name.length && spells(this.#bytes, start + 1, name);
  }

  /** The name that a literal with escapes stands for; undefined when it has none and can be compared as it is. */
  #writtenName(start: number, end: number): string | undefined {
    for (let at = start + 1; at < end - 1; at++) {
      if (this.#bytes[at] === BACKSLASH) return unescaped(this.#bytes.subarray(start, end));
    }
    return undefined;
  }

  /** The first place at or after `at` that is not white space. */
  #space(at: number): number {
    const bytes = this.#bytes;
    for (;; at++) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    }
  }

  #value(at: number, depth: number): number {
    const byte = this.#bytes[at];
    if (byte === QUOTE) return this.#string(at);
    if (byte === BRACE || byte === BRACKET) return this.#nested(at, depth);
    if (byte === MINUS || isDigit(byte)) return this.#number(at);
    for (const literal of LITERALS) {
      if (spells(this.#bytes, at, literal)) return at + literal.length;
    }
    throw new JsonScanError("syntax", at);
  }

  /** RFC 8259 §6: no leading zeros, digits on both sides of the dot and after the exponent. */
  #number(start: number): number {
    const bytes = this.#bytes;
    let at = bytes[start] === MINUS ? start + 1 : start;
    at = bytes[at] === 0x30 ? at + 1 : this.#digits(at);
    if (bytes[at] === DOT) at = this.#digits(at + 1);
    if (((bytes[at] ?? 0) | 0x20) === 0x65) {
      const sign = bytes[at + 1];
      at = this.#digits(sign === MINUS || sign === 0x2b ? at + 2 : at + 1);
    }
    return at;
  }

  #digits(start: number): number {
    let at = start;
    while (isDigit(this.#bytes[at])) at++;
    if (at === start) throw new JsonScanError("syntax", at);
    return at;
  }

  /** Passes over an object or array inside `outer` others; `marks` gets its own commas and its end, as long as there is room. */
  #nested(start: number, outer: number, marks?: number[]): number {
    const bytes = this.#bytes;
    const length = bytes.length;
    let depth = outer;
    let at = start;
    while (at < length) {
      const byte = bytes[at] ?? 0;
      const kind = NESTED_CLASS[byte];
      if (kind === PLAIN) {
        at++;
      } else if (kind === STRING) {
        at = this.#string(at);
      } else if (kind === OPEN) {
        if (++depth > MAX_JSON_DEPTH) throw new JsonScanError("depth", at);
        awaited[depth] = byte + 2; // `}` is `{` + 2 and `]` is `[` + 2.
        at++;
      } else if (kind === SEPARATOR) {
        if (marks !== undefined && depth === outer + 1 && marks.length < MAX_MARKS) marks.push(at);
        at++;
      } else if (kind === CLOSE && awaited[depth] === byte) {
        if (--depth === outer) {
          if (marks !== undefined && marks.length < MAX_MARKS) marks.push(at);
          return at + 1;
        }
        at++;
      } else {
        throw new JsonScanError("syntax", at);
      }
    }
    throw new JsonScanError("syntax", at);
  }

  /** Passes over the string whose opening quote is at `start`. */
  #string(start: number): number {
    const bytes = this.#bytes;
    const length = bytes.length;
    let at = start + 1;
    for (;;) {
      at = this.#stops.next(at, length);
      const byte = bytes[at];
      if (byte === QUOTE) {
        const end = bytes[at - 1] === 0x73 ? at - 1 : at; // `s`
        if (bytes[end - 1] === 0x64 && bytes[end - 2] === 0x69 && bytes[end - 3] === 0x5f) {
          this.#hasIdStrings = true;
        }
        return at + 1;
      }
      if (byte === BACKSLASH) at = this.#escape(at);
      else if (at === length) throw new JsonScanError("syntax", length);
      else at++;
    }
  }

  /** Passes over the escape that begins at `at`. */
  #escape(at: number): number {
    const kind = this.#bytes[at + 1] ?? 0;
    if (SIMPLE_ESCAPE[kind] === 1) return at + 2;
    this.#hasUnicodeEscapes = true;
    if (kind !== 0x75) throw new JsonScanError("syntax", at);
    for (let digit = at + 2; digit < at + 6; digit++) {
      if (!isHexDigit(this.#bytes[digit] ?? 0)) throw new JsonScanError("syntax", at);
    }
    return at + 6;
  }
}

function unescaped(literal: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(literal));
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined; // A raw control character: no reader takes such a name for a wanted one.
  }
}
