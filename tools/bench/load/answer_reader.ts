/** Most bytes of an answer's head. */
const MAX_HEAD_BYTES = 16 * 1024;

type Part = "head" | "counted" | "size" | "chunk" | "break" | "last break";

/** What is told of a body as it comes: bytes of a shared buffer, from and up to. */
export type BodyListener = (bytes: Uint8Array, from: number, to: number) => void;

/**
 * Reads the answers of one HTTP/1.1 connection as they come, without copying bodies. Throws on what is no answer.
 * Knows `content-length` and chunks without trailers: what the contenders write.
 */
export class AnswerReader {
  /** Status of the last answer whose head is there. */
  status = 0;
  #part: Part = "head";
  #head = "";
  #left = 0;
  readonly #data: BodyListener;

  constructor(data: BodyListener) {
    this.#data = data;
  }

  /** Takes the first `length` bytes; true when they complete the answer. Nothing may follow it: we do not pipeline. */
  push(bytes: Uint8Array, length: number): boolean {
    for (let at = 0; at < length;) {
      if (this.#part === "head") at = this.#readHead(bytes, at, length);
      else if (this.#part === "size") this.#readSize(bytes[at++] ?? 0);
      else at = this.#skip(bytes, at, length);
      if (this.#left > 0 || this.#part === "head" || this.#part === "size") continue;
      if (this.#part === "chunk") this.#enter("break", 2);
      else if (this.#part === "break") this.#enter("size", 0);
      else {
        this.#enter("head", 0);
        return true;
      }
    }
    return false;
  }

  #enter(part: Part, left: number): void {
    this.#part = part;
    this.#left = left;
    this.#head = "";
  }

  #skip(bytes: Uint8Array, at: number, length: number): number {
    const end = Math.min(length, at + this.#left);
    if (this.#part === "counted" || this.#part === "chunk") this.#data(bytes, at, end);
    this.#left -= end - at;
    return end;
  }

  #readSize(byte: number): void {
    if (byte !== 0x0a) {
      this.#head += String.fromCharCode(byte);
      return;
    }
    const size = parseInt(this.#head, 16);
    if (Number.isNaN(size)) throw new Error(`no chunk size: '${this.#head}'`);
    if (size === 0) this.#enter("last break", 2);
    else this.#enter("chunk", size);
  }

  #readHead(bytes: Uint8Array, at: number, length: number): number {
    this.#head += latin1.decode(bytes.subarray(at, length));
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) {
      if (this.#head.length > MAX_HEAD_BYTES) throw new Error("the head does not end");
      return length;
    }
    const bodyAt = length - (this.#head.length - (end + 4));
    const head = this.#head.slice(0, end + 2);
    this.status = Number(head.slice(9, 12));
    if (/\r\ntransfer-encoding: *chunked\r\n/i.test(head)) this.#enter("size", 0);
    else this.#enter("counted", Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? 0));
    return bodyAt;
  }
}

const latin1 = new TextDecoder("latin1");
