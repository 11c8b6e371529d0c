/**
 * The upstream that streams, as a process of its own: prints its port and answers until it is ended. It reads each
 * request whole. What a stream is to be like stands in the request's `user`: `chunks=N every=MS`. `GET /clock`
 * tells its clock.
 * @module
 */
import {
  clockMicros,
  CONTENT_EVENT,
  FIRST_EVENT,
  LAST_EVENTS,
  PLAIN_ANSWER,
  STAMP_DIGITS,
  STAMP_MARK,
} from "./answers.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What is read of a connection at once, and most that a request's head may have. */
const READ_BYTES = 64 * 1024;

/** Where in a body its wishes stand at the latest: some gateways reorder its members. */
const WISH_BYTES = 4096;

/** Takes what is read and not looked at. */
const unseen = new Uint8Array(READ_BYTES);

const plainHead = (type: string, length: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`;
const plainAnswer = encoder.encode(plainHead("application/json", PLAIN_ANSWER.length) + PLAIN_ANSWER);
const framed = (text: string) => `${encoder.encode(text).length.toString(16)}\r\n${text}\r\n`;
const streamHead = encoder.encode(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n" +
    framed(FIRST_EVENT),
);
const content = encoder.encode(framed(CONTENT_EVENT));
const stampAt = content.indexOf(STAMP_MARK) + 1;
const streamEnd = encoder.encode(`${framed(LAST_EVENTS)}0\r\n\r\n`);

/** A content event with the time now. */
function stampedEvent(): Uint8Array<ArrayBuffer> {
  const event = content.slice();
  let rest = Math.round(clockMicros());
  for (let digit = STAMP_DIGITS - 1; digit >= 0; digit--) {
    event[stampAt + digit] = 0x30 + rest % 10;
    rest = Math.floor(rest / 10);
  }
  return event;
}

/** A stream under way. */
interface Stream {
  readonly out: Outlet;
  readonly everyMs: number;
  chunksLeft: number;
  dueMs: number;
  readonly ended: () => void;
}

/** Writes in order; what comes while a write is under way waits for it and goes in one. */
class Outlet {
  readonly #conn: Deno.TcpConn;
  #waiting: Uint8Array[] = [];
  #isWriting = false;
  isBroken = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  write(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    if (!this.#isWriting) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) {
        for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
      }
    } catch {
      this.isBroken = true;
      this.#waiting = [];
    }
    this.#isWriting = false;
  }
}

const streams = new Set<Stream>();

/** Sends what is due: at most one chunk of each stream, so that a late turn makes no bunches. */
function sendDue(): void {
  const nowMs = performance.now();
  for (const stream of streams) {
    if (stream.dueMs > nowMs) continue;
    stream.out.write(stampedEvent());
    stream.dueMs += stream.everyMs;
    if (--stream.chunksLeft > 0 && !stream.out.isBroken) continue;
    stream.out.write(streamEnd);
    streams.delete(stream);
    stream.ended();
  }
}

/** Answers one request whose beginning is `head` and whose body begins with `body`. */
async function answer(out: Outlet, head: string, body: string): Promise<void> {
  if (head.startsWith("GET /clock")) {
    const text = String(clockMicros());
    return out.write(encoder.encode(plainHead("text/plain", text.length) + text));
  }
  const wish = /"stream":\s*true/.test(body) ? /chunks=(\d+) every=([\d.]+)/.exec(body) : null;
  if (wish === null) return out.write(plainAnswer);
  const [chunks, everyMs] = [Number(wish[1]), Number(wish[2])];
  out.write(streamHead);
  out.write(stampedEvent());
  if (chunks <= 1) return out.write(streamEnd);
  await new Promise<void>((ended) => {
    streams.add({ out, everyMs, chunksLeft: chunks - 1, dueMs: performance.now() + everyMs, ended });
  });
}

/** Serves requests of one connection, one after the other. */
async function serve(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay();
  const out = new Outlet(conn);
  const buffer = new Uint8Array(READ_BYTES);
  let filled = 0;
  for (;;) {
    let headEnd = -1;
    while ((headEnd = endOfHead(buffer, filled)) < 0) {
      const count = await conn.read(buffer.subarray(filled));
      if (count === null) return;
      filled += count;
    }
    const head = decoder.decode(buffer.subarray(0, headEnd));
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    if (isChunked) filled = await readChunked(conn, buffer, headEnd, filled);
    for (let missing = isChunked ? 0 : length - (filled - headEnd); missing > 0;) {
      const room = buffer.subarray(filled);
      const count = await conn.read(room.length > 0 ? room : unseen);
      if (count === null) return;
      if (room.length > 0) filled += count;
      missing -= count;
    }
    const body = decoder.decode(buffer.subarray(headEnd, Math.min(filled, headEnd + WISH_BYTES)));
    filled = 0;
    await answer(out, head, body);
  }
}

/** Reads a chunked body to its last chunk; it must fit the buffer. Returns how far that is filled. */
async function readChunked(
  conn: Deno.TcpConn,
  buffer: Uint8Array<ArrayBuffer>,
  from: number,
  filled: number,
): Promise<number> {
  while (!decoder.decode(buffer.subarray(Math.max(from, filled - 7), filled)).endsWith("0\r\n\r\n")) {
    const count = await conn.read(buffer.subarray(filled));
    if (count === null) throw new Error("cut");
    filled += count;
  }
  return filled;
}

function endOfHead(buffer: Uint8Array, filled: number): number {
  for (let at = buffer.indexOf(13); at >= 0 && at + 3 < filled; at = buffer.indexOf(13, at + 1)) {
    if (buffer[at + 1] === 10 && buffer[at + 2] === 13 && buffer[at + 3] === 10) return at + 4;
  }
  return -1;
}

if (import.meta.main) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 4_096 });
  setInterval(sendDue, 1);
  Deno.stdout.writeSync(encoder.encode(`port ${listener.addr.port}\n`));
  for await (const conn of listener) {
    // A connection that its peer drops is over; so is one that sent what no client of ours sends.
    void serve(conn).catch(() => {}).finally(() => {
      try {
        conn.close();
      } catch { /* closed already */ }
    });
  }
}
