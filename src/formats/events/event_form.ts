import { isJsonObject, type JsonObject, parseExact } from "../../core/bytes/exact_json.ts";

/** Most texts in which two events may differ and still be alike: the words, and the padding that OpenAI puts beside them. */
const MAX_TEXTS = 3;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const LETTER_U = 0x75;
const WORD_BYTES = 4;

/** Stands for a text in an event that is parsed for its form. */
const MARK = "tidegate:text:";

/** A byte order mark is no part of an event that begins with it; in the middle it is a character like any other. */
const beginDecoder = new TextDecoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A text in an event's bytes: between its quotes, escaped as it came. */
export interface TextPlace {
  from: number;
  end: number;
}

/** What is needed for a copy of a parsed value in which the texts are others. */
interface Mould {
  readonly value: JsonObject | readonly unknown[];
  readonly inner: readonly (readonly [key: string | number, mould: Mould])[];
  readonly texts: readonly (readonly [key: string | number, text: number])[];
}

/** What events have in common that differ in a text or two: all of their bytes but these. */
export class EventForm {
  /** An event of the form with marks for its texts: see {@link isText}. */
  readonly marked: JsonObject;
  /** Where the texts stand in the event that {@link finds} was asked for last. */
  readonly places: readonly TextPlace[];
  /** The bytes before, between and after the texts, the quotes of these included. */
  readonly #pieces: readonly Piece[];
  readonly #mould: Mould;

  private constructor(pieces: readonly Piece[], marked: JsonObject, mould: Mould) {
    this.#pieces = pieces;
    this.#mould = mould;
    this.marked = marked;
    this.places = pieces.slice(1).map(() => ({ from: 0, end: 0 }));
  }

  /** The form of two events, both of them JSON objects; undefined where they differ in more than {@link MAX_TEXTS} texts, or in none. */
  static of(before: Uint8Array, now: Uint8Array): EventForm | undefined {
    const pieces = sharedPieces(before, now);
    if (pieces === undefined || pieces.length === 1) return undefined;
    const spelled = pieces.map((piece, index) => (index === 0 ? beginDecoder : decoder).decode(piece));
    if (spelled.some((piece) => piece.includes(MARK))) return undefined;
    const marked = parseExact(spelled.reduce((text, piece, index) => `${text}${MARK}${index - 1}${piece}`));
    const mould = isJsonObject(marked) ? mouldOf(marked) : undefined;
    // Each text must be a value somewhere: a name is none, nor is what a second member of the same name replaces.
    if (!isJsonObject(marked) || mould === undefined || textsIn(mould) < pieces.length - 1) return undefined;
    return new EventForm(pieces.map((piece) => new Piece(piece)), marked, mould);
  }

  /** Whether a member of {@link marked} stands for a text. */
  isText(member: unknown): boolean {
    return typeof member === "string" && member.startsWith(MARK);
  }

  /** Whether an event is of this form, each of its texts good JSON; `memory` is all that `data` is a view of. Fills {@link places}. */
  finds(data: Uint8Array, memory: DataView): boolean {
    let at = 0;
    for (let index = 0; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index] as Piece; // Within bounds by the loop's condition.
      if (index > 0) {
        const place = this.places[index - 1] as TextPlace; // There is one less than there are pieces.
        place.from = at;
        place.end = at = endOfText(data, at);
        if (at < 0) return false;
      }
      if (!piece.standsAt(data, memory, at)) return false;
      at += piece.sizeBytes;
    }
    return at === data.length;
  }

  /** The parsed event of these texts, its objects new. */
  cast(texts: readonly string[]): JsonObject {
    return cast(this.#mould, texts) as JsonObject; // The mould was made of one.
  }
}

/** Bytes to be compared with others, four at a time. */
class Piece {
  readonly #bytes: Uint8Array;
  readonly #words: readonly number[];

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#bytes = bytes;
    this.#words = Array.from(
      { length: Math.floor(bytes.length / WORD_BYTES) },
      (_, word) => view.getInt32(WORD_BYTES * word),
    );
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  standsAt(data: Uint8Array, memory: DataView, at: number): boolean {
    const bytes = this.#bytes;
    const words = this.#words;
    if (at + bytes.length > data.length) return false;
    const start = data.byteOffset + at;
    for (let word = 0; word < words.length; word++) {
      if (memory.getInt32(start + WORD_BYTES * word) !== words[word]) return false;
    }
    for (let i = WORD_BYTES * words.length; i < bytes.length; i++) {
      if (data[at + i] !== bytes[i]) return false;
    }
    return true;
  }
}

/** Where the quote stands that ends the text which begins at `at`; -1 where none does, or where the text is no good JSON. */
function endOfText(data: Uint8Array, at: number): number {
  for (; at < data.length; at++) {
    const byte = data[at] as number; // Within bounds by the loop's condition.
    if (byte === QUOTE) return at;
    if (byte < SPACE) return -1;
    if (byte !== BACKSLASH) continue;
    at++;
    if (!isEscape(data[at])) return -1;
    if (data[at] !== LETTER_U) continue;
    for (let digit = 1; digit <= 4; digit++) if (!isHexDigit(data[at + digit])) return -1;
    at += 4;
  }
  return -1;
}

const ESCAPES = new Set([...`"\\/bfnrtu`].map((letter) => letter.charCodeAt(0)));

function isEscape(byte: number | undefined): boolean {
  return byte !== undefined && ESCAPES.has(byte);
}

function isHexDigit(byte: number | undefined): boolean {
  return byte !== undefined && /[0-9a-fA-F]/.test(String.fromCharCode(byte));
}

/** The bytes that two events share around the texts in which they differ; undefined where they differ in more. */
function sharedPieces(before: Uint8Array, now: Uint8Array): Uint8Array[] | undefined {
  const pieces: Uint8Array[] = [];
  let from = 0;
  let at = 0;
  let atBefore = 0;
  while (at < now.length && atBefore < before.length) {
    if (now[at] !== before[atBefore]) return undefined;
    at++;
    atBefore++;
    if (now[at - 1] !== QUOTE) continue;
    const end = endOfText(now, at);
    const endBefore = endOfText(before, atBefore);
    if (end < 0 || endBefore < 0) return undefined;
    if (!isSame(now.subarray(at, end), before.subarray(atBefore, endBefore))) {
      if (pieces.length === MAX_TEXTS) return undefined;
      pieces.push(now.slice(from, at));
      from = end;
    }
    at = end + 1;
    atBefore = endBefore + 1;
  }
  if (at !== now.length || atBefore !== before.length) return undefined;
  pieces.push(now.slice(from));
  return pieces;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function mouldOf(value: JsonObject | readonly unknown[]): Mould | undefined {
  // Set as a member of a copy it would change what the copy is.
  if (Object.hasOwn(value, "__proto__")) return undefined;
  const inner: [string, Mould][] = [];
  const texts: [string, number][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === "string" && member.startsWith(MARK)) {
      texts.push([key, Number(member.slice(MARK.length))]);
    } else if (Array.isArray(member) || isJsonObject(member)) {
      const mould = mouldOf(member);
      if (mould === undefined) return undefined;
      inner.push([key, mould]);
    }
  }
  return { value, inner, texts };
}

function textsIn({ inner, texts }: Mould): number {
  return inner.reduce((sum, [, mould]) => sum + textsIn(mould), texts.length);
}

function cast({ value, inner, texts }: Mould, said: readonly string[]): unknown {
  // Entries of a list go by their index, which names a member of an object as well.
  const copy = (Array.isArray(value) ? value.slice() : { ...value }) as Record<string | number, unknown>;
  for (const [key, mould] of inner) copy[key] = cast(mould, said);
  for (const [key, text] of texts) copy[key] = said[text];
  return copy;
}
