/** Largest event that is looked at, in bytes of its lines; a larger one goes by unread. */
export const MAX_EVENT_BYTES = 1_048_576;

/** Most bytes that are told of a larger event. */
export const OVERSIZED_HEAD_BYTES = 256;

/** Takes what a {@link SseSplitter} finds. Its calls happen inside {@link SseSplitter.push}. */
export interface SseHandler {
  /**
   * One event: its name (empty when it has none) and its data, lines joined by LF. `data` is a view that is
   * good only until the call returns: copy what must stay.
   */
  event(name: string, data: Uint8Array): void;
  /**
   * An event grew over the limit and is passed over; called as soon as that is known. `head` is the beginning of
   * its data, at most {@link OVERSIZED_HEAD_BYTES}, so that its kind may still be told; a view like `data`.
   */
  oversized(name: string, head: Uint8Array): void;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BOM = Uint8Array.of(0xef, 0xbb, 0xbf);
const DATA = new TextEncoder().encode("data");
const EVENT = new TextEncoder().encode("event");
const LINE_JOINT = Uint8Array.of(LF);
/** The head of the data with `data: ` before it. */
const LINE_HEAD_BYTES = OVERSIZED_HEAD_BYTES + DATA.length + 2;
const FIRST_HELD_BYTES = 512;
const NOTHING = new Uint8Array(0);

const decoder = new TextDecoder();

/** Memory that a buffer keeps from event to event; more is given back. */
const KEPT_BYTES = 65_536;

/** Bytes that grow. */
class ByteBuffer {
  #bytes = new Uint8Array(0);
  #length = 0;

  append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(FIRST_HELD_BYTES, needed, 2 * this.#bytes.length));
      grown.set(this.view());
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = needed;
  }

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(0);
  }
}

/**
 * Splits the bytes of a server-sent event stream (WHATWG HTML §9.2.6) into events, whatever the chunks: LF, CR
 * and CRLF line ends, a byte order mark, comments, several data lines, splits inside a character or a line end.
 * An event whose lines lie in one chunk is handed on without a copy; of others at most a few times
 * {@link MAX_EVENT_BYTES} are held.
 */
export class SseSplitter {
  readonly #handler: SseHandler;
  readonly #maxEventBytes: number;
  /** The unfinished line, and how many bytes of it went by (also those not held because the event is too large). */
  readonly #line = new ByteBuffer();
  #lineBytes = 0;
  /** Data of the unfinished event: a view while it is one line of this chunk, else copied. */
  #view: Uint8Array | undefined;
  readonly #data = new ByteBuffer();
  #hasData = false;
  #name = "";
  /** The unfinished event has a line that is not a comment. */
  #hasField = false;
  #sizeBytes = 0;
  #tooLarge = false;
  /** The last byte was CR: an LF that follows belongs to it. */
  #afterCr = false;
  /** Bytes of a byte order mark seen at the start; -1 once the start is past. */
  #bomBytes = 0;
  #lastNameBytes = new Uint8Array(0);
  #lastName = "";

  /** `maxEventBytes` is for readers that have the whole stream in memory anyway. */
  constructor(handler: SseHandler, maxEventBytes: number = MAX_EVENT_BYTES) {
    this.#handler = handler;
    this.#maxEventBytes = maxEventBytes;
  }

  /** Whether the bytes so far end between two events, so that other lines may be put in here. */
  get betweenEvents(): boolean {
    return this.#lineBytes === 0 && !this.#hasField;
  }

  /** Takes the next bytes; none of them are kept by reference. */
  push(chunk: Uint8Array): void {
    let at = this.#bomBytes < 0 ? 0 : this.#passBom(chunk);
    if (this.#afterCr && at < chunk.length) {
      this.#afterCr = false;
      if (chunk[at] === LF) at++;
    }
    while (at < chunk.length) {
      const end = lineEndIn(chunk, at);
      if (end < 0) {
        this.#hold(chunk.subarray(at));
        break;
      }
      let next = end + 1;
      if (chunk[end] === CR) {
        if (next === chunk.length) this.#afterCr = true;
        else if (chunk[next] === LF) next++;
      }
      this.#endLine(chunk, at, end);
      at = next;
    }
    if (this.#view !== undefined) {
      this.#data.append(this.#view);
      this.#view = undefined;
    }
  }

  /** Hands on an event that lacks its closing blank line, as when reading a stream that was cut. Nothing may follow. */
  flush(): void {
    if (this.#lineBytes > 0) this.#endLine(new Uint8Array(0), 0, 0);
    this.#endEvent();
  }

  /** Passes over a byte order mark at the very start, also when it is split; returns where the text begins. */
  #passBom(chunk: Uint8Array): number {
    for (let at = 0; at < chunk.length; at++) {
      if (chunk[at] !== BOM[this.#bomBytes]) {
        const earlier = this.#bomBytes - at;
        this.#bomBytes = -1;
        if (earlier > 0) this.#hold(BOM.subarray(0, earlier));
        return 0;
      }
      if (++this.#bomBytes === BOM.length) {
        this.#bomBytes = -1;
        return at + 1;
      }
    }
    return chunk.length;
  }

  #hold(bytes: Uint8Array): void {
    this.#lineBytes += bytes.length;
    this.#grow(bytes, 0, bytes.length);
    if (!this.#tooLarge) this.#line.append(bytes);
  }

  /** Counts the next bytes of the unfinished event, and stops looking at it when it is too large. */
  #grow(bytes: Uint8Array, start: number, end: number): void {
    this.#sizeBytes += end - start;
    if (this.#tooLarge || this.#sizeBytes <= this.#maxEventBytes) return;
    this.#tooLarge = true;
    const head = this.#head(bytes.subarray(start, end));
    this.#line.clear();
    this.#data.clear();
    this.#view = undefined;
    this.#handler.oversized(this.#name, head);
  }

  /** The first bytes of the event's data, when `next` is what follows the held part of its line. */
  #head(next: Uint8Array): Uint8Array {
    const data = this.#view ?? this.#data.view();
    if (this.#hasData) return data.slice(0, OVERSIZED_HEAD_BYTES);
    const line = new ByteBuffer();
    line.append(this.#line.view().subarray(0, LINE_HEAD_BYTES));
    line.append(next.subarray(0, LINE_HEAD_BYTES));
    const text = line.view();
    if (!isField(text, 0, text.length, DATA)) return text.subarray(0, 0);
    return text.subarray(valueStart(text, DATA.length + 1, text.length)).subarray(0, OVERSIZED_HEAD_BYTES);
  }

  #endLine(chunk: Uint8Array, start: number, end: number): void {
    const heldBytes = this.#lineBytes;
    if (heldBytes === 0 && start === end) return this.#endEvent();
    this.#lineBytes = 0;
    this.#grow(chunk, start, end);
    if (this.#tooLarge) {
      this.#hasField = true;
    } else if (heldBytes === 0) {
      this.#field(chunk, start, end, true);
    } else {
      this.#line.append(chunk.subarray(start, end));
      const line = this.#line.view();
      this.#field(line, 0, line.length, false);
      this.#line.clear();
    }
  }

  #field(line: Uint8Array, start: number, end: number, isChunk: boolean): void {
    if (line[start] === COLON) return;
    this.#hasField = true;
    const isData = isField(line, start, end, DATA);
    if (!isData && !isField(line, start, end, EVENT)) return;
    const from = valueStart(line, start + (isData ? DATA : EVENT).length + 1, end);
    const value = line.subarray(from, end);
    if (isData) this.#addData(value, isChunk);
    else this.#name = this.#decodeName(value);
  }

  #addData(value: Uint8Array, isChunk: boolean): void {
    if (!this.#hasData && isChunk) {
      this.#view = value;
    } else {
      if (this.#view !== undefined) this.#data.append(this.#view);
      this.#view = undefined;
      if (this.#hasData) this.#data.append(LINE_JOINT);
      this.#data.append(value);
    }
    this.#hasData = true;
  }

  /** Streams repeat the same name for most of their events: the last one is decoded once. */
  #decodeName(bytes: Uint8Array): string {
    const last = this.#lastNameBytes;
    let same = last.length === bytes.length;
    for (let i = 0; same && i < last.length; i++) same = last[i] === bytes[i];
    if (same) return this.#lastName;
    this.#lastNameBytes = bytes.slice();
    this.#lastName = decoder.decode(bytes);
    return this.#lastName;
  }

  #endEvent(): void {
    const isWhole = this.#hasData && !this.#tooLarge;
    const name = this.#name;
    const data = isWhole ? this.#view ?? this.#data.view() : NOTHING;
    this.#view = undefined;
    this.#hasData = this.#hasField = this.#tooLarge = false;
    this.#name = "";
    this.#sizeBytes = 0;
    if (isWhole) this.#handler.event(name, data);
    this.#data.clear();
  }
}

/** Where the next line ends; -1 where it does not. One loop for both ends: of searches for each, one goes to the chunk's end in vain. */
function lineEndIn(chunk: Uint8Array, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at];
    if (byte === LF || byte === CR) return at;
  }
  return -1;
}

/** Whether the line's field is `name`: the name and then a colon or the line's end. */
function isField(line: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) {
    if (line[start + i] !== name[i]) return false;
  }
  const after = start + name.length;
  return after === end || (after < end && line[after] === COLON);
}

/** Where the value after a field's colon begins: one space is not part of it. */
function valueStart(line: Uint8Array, afterColon: number, end: number): number {
  if (afterColon >= end) return end;
  return line[afterColon] === SPACE ? afterColon + 1 : afterColon;
}
