/** Largest event that is looked at, in bytes of its lines; a larger one goes by unread. */
export const MAX_EVENT_BYTES = 1_048_576;

/** Takes what a {@link SseSplitter} finds. Its calls happen inside {@link SseSplitter.push}. */
export interface SseHandler {
  /**
   * One event: its name (empty when it has none) and its data, lines joined by LF. `data` is a view that is
   * good only until the call returns: copy what must stay.
   */
  event(name: string, data: Uint8Array): void;
  /** An event grew over {@link MAX_EVENT_BYTES}; it is passed over. Called as soon as that is known. */
  oversized(): void;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BOM = Uint8Array.of(0xef, 0xbb, 0xbf);
const DATA = new TextEncoder().encode("data");
const EVENT = new TextEncoder().encode("event");
const LINE_JOINT = Uint8Array.of(LF);
const FIRST_HELD_BYTES = 512;

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

  constructor(handler: SseHandler) {
    this.#handler = handler;
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
    let nextCr = chunk.indexOf(CR, at);
    while (at < chunk.length) {
      let end = chunk.indexOf(LF, at);
      let next = end + 1;
      if (nextCr >= 0) {
        if (nextCr < at) nextCr = chunk.indexOf(CR, at);
        if (nextCr >= 0 && (end < 0 || nextCr < end)) {
          end = nextCr;
          next = end + 1;
          if (next === chunk.length) this.#afterCr = true;
          else if (chunk[next] === LF) next++;
        }
      }
      if (end < 0) {
        this.#hold(chunk.subarray(at));
        break;
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
    this.#grow(bytes.length);
    if (!this.#tooLarge) this.#line.append(bytes);
  }

  /** Counts bytes of the unfinished event, and stops looking at it when it is too large. */
  #grow(sizeBytes: number): void {
    this.#sizeBytes += sizeBytes;
    if (this.#tooLarge || this.#sizeBytes <= MAX_EVENT_BYTES) return;
    this.#tooLarge = true;
    this.#line.clear();
    this.#data.clear();
    this.#view = undefined;
    this.#handler.oversized();
  }

  #endLine(chunk: Uint8Array, start: number, end: number): void {
    const heldBytes = this.#lineBytes;
    if (heldBytes === 0 && start === end) return this.#endEvent();
    this.#lineBytes = 0;
    this.#grow(end - start);
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
    let valueStart = Math.min(start + (isData ? DATA : EVENT).length + 1, end);
    if (line[valueStart] === SPACE && valueStart < end) valueStart++;
    const value = line.subarray(valueStart, end);
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
    const data = this.#view ?? this.#data.view();
    this.#view = undefined;
    this.#hasData = this.#hasField = this.#tooLarge = false;
    this.#name = "";
    this.#sizeBytes = 0;
    if (isWhole) this.#handler.event(name, data);
    this.#data.clear();
  }
}

/** Whether the line's field is `name`: the name and then a colon or the line's end. */
function isField(line: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) {
    if (line[start + i] !== name[i]) return false;
  }
  const after = start + name.length;
  return after === end || (after < end && line[after] === COLON);
}
