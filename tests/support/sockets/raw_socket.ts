import net from "node:net";
import { until } from "../until.ts";
import { type Frame, frameBytes, FrameParser } from "./frames.ts";

/** One end of a connection that speaks HTTP/1.1 once and frames from then on. */
export class RawSocket {
  readonly socket: net.Socket;
  /** The peer's head, without the empty line; empty until it is whole. */
  head = "";
  receivedBytes = 0;
  /** How the peer ended; undefined while it has not. */
  ended: "closed" | "reset" | undefined;
  /** Off: frames are counted in bytes only. */
  parses = true;
  readonly #parser = new FrameParser();
  readonly #masks: boolean;
  #early = "";

  constructor(socket: net.Socket, { masks }: { masks: boolean }) {
    this.socket = socket;
    this.#masks = masks;
    socket.on("data", (chunk: Uint8Array) => this.#take(chunk));
    socket.on("error", () => this.ended = "reset");
    socket.on("close", () => this.ended ??= "closed");
  }

  get frames(): readonly Frame[] {
    return this.#parser.frames;
  }

  /** What came after the head, as text: the body of an answer that is no upgrade. */
  text = "";

  /** Sends a frame; resolves when the system has taken it. */
  send(opcode: number, payload: Uint8Array | string, options: { fin?: boolean } = {}): Promise<void> {
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    return this.write(frameBytes(opcode, bytes, { ...options, masked: this.#masks }));
  }

  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Resolves with the next frame that comes after `count` of them. */
  async frame(count: number): Promise<Frame> {
    await until(() => this.frames.length > count || this.ended !== undefined, `frame ${count + 1} has come`);
    const frame = this.frames[count];
    if (frame === undefined) throw new Error("the connection ended before the frame");
    return frame;
  }

  #take(chunk: Uint8Array): void {
    if (this.head !== "") return this.#body(chunk);
    this.#early += Array.from(chunk, (byte) => String.fromCharCode(byte)).join("");
    const end = this.#early.indexOf("\r\n\r\n");
    if (end < 0) return;
    this.head = this.#early.slice(0, end);
    const rest = Uint8Array.from(this.#early.slice(end + 4), (sign) => sign.charCodeAt(0));
    if (rest.length > 0) this.#body(rest);
  }

  #body(chunk: Uint8Array): void {
    this.receivedBytes += chunk.length;
    if (!this.parses) return;
    this.text += new TextDecoder().decode(chunk);
    this.#parser.push(chunk);
  }
}

/** Fields of a head by lower-case name, joined by `, `. */
export function fieldsOf(head: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of head.split("\r\n").slice(1)) {
    const mark = line.indexOf(":");
    const name = line.slice(0, mark).toLowerCase();
    const value = line.slice(mark + 1).trim();
    fields[name] = fields[name] === undefined ? value : `${fields[name]}, ${value}`;
  }
  return fields;
}

/** What {@link rawSocket} sends. */
export interface RawHandshake {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent right behind the head. */
  readonly early?: Uint8Array;
}

/** Asks `url` for a WebSocket and resolves when the answer's head is there. */
export async function rawSocket(
  url: string,
  { path, headers = {}, early }: RawHandshake,
): Promise<RawSocket> {
  const { hostname, port, host } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  const raw = new RawSocket(socket, { masks: true });
  const fields = {
    host,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  await raw.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  if (early !== undefined) await raw.write(early);
  await until(() => raw.head !== "" || raw.ended !== undefined, "the handshake is answered");
  return raw;
}
