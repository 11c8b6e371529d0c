import { Buffer } from "node:buffer";
import type { WireField } from "../fake_upstream_parser.ts";

/** A request as bytes: written in these pieces, one write each. */
export type WireRequest = readonly Uint8Array[];

/** One answer as it stood on the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly reason: string;
  /** In order; values as one character a byte. */
  readonly fields: readonly WireField[];
  /** Without its framing. */
  readonly body: Uint8Array;
  readonly framing: "length" | "chunked" | "close" | "none";
  /** Whether the framing said that nothing is missing. */
  readonly whole: boolean;
}

/** An answer that has not come by then never will, in milliseconds. */
const DEADLINE_MS = 10_000;

const latin1 = new TextDecoder("latin1");

/** Sends bytes over a connection of their own to 127.0.0.1 and reads one final answer, changing and guessing nothing. */
export async function wireExchange(port: number, request: WireRequest, method: string): Promise<WireAnswer> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    connection.close();
  }, DEADLINE_MS);
  try {
    connection.setNoDelay(true);
    const reader = new AnswerReader(method);
    const sending = sendAll(connection, request);
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const count = await connection.read(buffer);
      const done = count === null ? reader.ended() : reader.push(buffer.slice(0, count));
      if (done === undefined) continue;
      await sending;
      return done;
    }
  } catch (error) {
    throw late ? new Error("No whole answer came in time") : error;
  } finally {
    clearTimeout(timer);
    if (!late) connection.close();
  }
}

async function sendAll(connection: Deno.Conn, request: WireRequest): Promise<void> {
  for (const piece of request) {
    for (let at = 0; at < piece.length;) at += await connection.write(piece.subarray(at));
  }
}

interface Head {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly WireField[];
}

class AnswerReader {
  readonly #method: string;
  #bytes: Uint8Array = new Uint8Array(0);
  #head: Head | undefined;

  constructor(method: string) {
    this.#method = method;
  }

  push(chunk: Uint8Array): WireAnswer | undefined {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#head === undefined || this.#head.status < 200) {
      const head = this.#takeHead();
      if (head === undefined) return undefined;
      this.#head = head;
    }
    return this.#body(this.#head, false);
  }

  ended(): WireAnswer {
    if (this.#head === undefined) throw new Error(`The connection ended before an answer's head was whole`);
    const answer = this.#body(this.#head, true);
    if (answer === undefined) throw new Error("The connection ended and no answer could be made of it");
    return answer;
  }

  #takeHead(): Head | undefined {
    const text = latin1.decode(this.#bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    this.#bytes = this.#bytes.subarray(end + 4);
    const [first = "", ...lines] = text.slice(0, end).split("\r\n");
    const [, status = "", ...reason] = first.split(" ");
    const fields = lines.map((line): WireField => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    return { status: Number(status), reason: reason.join(" "), fields };
  }

  #body(head: Head, isEnd: boolean): WireAnswer | undefined {
    const { status } = head;
    if (this.#method === "HEAD" || status === 204 || status === 304) {
      return { ...head, body: new Uint8Array(0), framing: "none", whole: true };
    }
    const value = (wanted: string) => head.fields.find(([name]) => name.toLowerCase() === wanted)?.[1];
    if (value("transfer-encoding") === "chunked") {
      const { body, whole } = dechunked(this.#bytes);
      return whole || isEnd ? { ...head, body, framing: "chunked", whole } : undefined;
    }
    const length = value("content-length");
    if (length === undefined) {
      return isEnd ? { ...head, body: this.#bytes, framing: "close", whole: true } : undefined;
    }
    const whole = this.#bytes.length >= Number(length);
    return whole || isEnd ? { ...head, body: this.#bytes, framing: "length", whole } : undefined;
  }
}

/** The chunks' bytes as far as they came, and whether the last chunk was among them. */
function dechunked(bytes: Uint8Array): { body: Uint8Array; whole: boolean } {
  const parts: Uint8Array[] = [];
  for (let at = 0;;) {
    const lineEnd = bytes.indexOf(0x0a, at);
    if (lineEnd < 0) return { body: Buffer.concat(parts), whole: false };
    const size = parseInt(latin1.decode(bytes.subarray(at, lineEnd)), 16);
    if (size === 0) {
      const whole = latin1.decode(bytes.subarray(lineEnd - 1)).includes("\r\n\r\n");
      return { body: Buffer.concat(parts), whole };
    }
    parts.push(bytes.subarray(lineEnd + 1, lineEnd + 1 + size));
    at = lineEnd + 1 + size + 2;
  }
}
