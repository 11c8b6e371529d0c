import { createHash } from "node:crypto";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { until } from "../until.ts";
import { fieldsOf, RawSocket } from "./raw_socket.ts";

/** One request for a WebSocket as it arrived. */
export interface Handshake {
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The connection, once it was taken up too. */
  readonly session: RawSocket;
}

/** What becomes of a handshake: taken up (with a subprotocol), answered with these bytes, or left without an answer. */
export type HandshakeFate =
  | { readonly protocol?: string; readonly answer?: undefined }
  | { readonly answer: string }
  | "silence";

/** A vendor of WebSockets on 127.0.0.1. */
export interface SocketUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly handshakes: readonly Handshake[];
  readonly openConnections: number;
  /** The session of that number (0 for the first), once its handshake came. */
  session(index: number): Promise<RawSocket>;
}

/** Starts one. */
export async function socketUpstream(
  fate: (handshake: Handshake) => HandshakeFate = () => ({}),
): Promise<SocketUpstream> {
  const handshakes: Handshake[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const session = new RawSocket(socket, { masks: false });
    socket.on("data", () => {
      if (session.head === "" || handshakes.some((known) => known.session === session)) return;
      const target = session.head.split(" ")[1] ?? "";
      const handshake = { target, headers: fieldsOf(session.head), session };
      handshakes.push(handshake);
      const text = answerTo(handshake, fate(handshake));
      if (text !== undefined) socket.write(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a listening TCP server is never a pipe's name or null.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    handshakes,
    get openConnections() {
      return sockets.size;
    },
    async session(index) {
      await until(() => handshakes.length > index, `handshake ${index + 1} has come`);
      const session = handshakes[index]?.session;
      if (session === undefined) throw new Error("no such session");
      return session;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** An answer with a JSON body. */
export function refusalText(status: number, body: unknown, more = ""): string {
  const text = JSON.stringify(body);
  return `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n${more}\r\n${text}`;
}

function answerTo({ headers }: Handshake, fate: HandshakeFate): string | undefined {
  if (fate === "silence") return undefined;
  if (fate.answer !== undefined) return fate.answer;
  const key = headers["sec-websocket-key"] ?? "";
  // RFC 6455 §1.3.
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${accept}\r\nx-request-id: req_vendor\r\nset-cookie: a=b\r\nopenai-organization: org-ours\r\n` +
    (fate.protocol === undefined ? "" : `Sec-WebSocket-Protocol: ${fate.protocol}\r\n`) + "\r\n";
}
