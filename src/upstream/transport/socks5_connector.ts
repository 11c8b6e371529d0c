import { Buffer } from "node:buffer";
import { isIP, type Socket } from "node:net";
import { type buildConnector, errors } from "undici";
import type { Runtime } from "../../core/runtime.ts";

/** What {@link socks5Connector} works with. */
export interface Socks5Options {
  readonly runtime: Runtime;
  /** Makes the connection to the proxy, and the TLS handshake inside the tunnel. */
  readonly connect: buildConnector.connector;
  /** A tunnel that takes longer is given up, in milliseconds. */
  readonly giveUpMs: number;
}

/** The port of SOCKS (RFC 1928 §3). */
const DEFAULT_PORT = "1080";

/** Longest name, user or password: their length is told in one byte (RFC 1928 §5, RFC 1929 §2). */
const MAX_TEXT_BYTES = 255;

const VERSION = 5;
const NO_LOGIN = 0;
const LOGIN = 2;
const LOGIN_VERSION = 1;
const CONNECT = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** A SOCKS proxy that refuses, or speaks something else; its name is how `callFailure` knows it. */
class Socks5ProxyError extends Error {
  override readonly name = "Socks5ProxyError";
}

/**
 * Makes connections through the SOCKS5 proxy at `proxy` (RFC 1928; user and password, RFC 1929). Host names are
 * looked up by the proxy. The HTTP client has a proxy of this kind, but makes its connections with settings of its own.
 */
export function socks5Connector(proxy: URL, options: Socks5Options): buildConnector.connector {
  const { runtime, connect, giveUpMs } = options;
  const host = proxy.hostname.replace(/^\[|\]$/g, "");
  const toProxy = { hostname: host, host, protocol: "http:", port: proxy.port || DEFAULT_PORT };
  const login = loginOf(proxy);
  return (wanted, callback) => {
    connect(toProxy, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const timer = runtime.after(giveUpMs, () => socket.destroy(new errors.ConnectTimeoutError()));
      const isSecure = wanted.protocol === "https:";
      const port = Number(wanted.port || (isSecure ? 443 : 80));
      tunnel(socket, { host: wanted.hostname, port, login }).then(() => {
        timer.cancel();
        if (isSecure) connect({ ...wanted, httpSocket: socket }, callback);
        else callback(null, socket);
      }, (reason: Error) => {
        timer.cancel();
        socket.on("error", () => {}).destroy();
        callback(reason, null);
      });
    });
  };
}

function loginOf({ username, password }: URL): Uint8Array | undefined {
  if (username === "" && password === "") return undefined;
  const texts = [username, password].map((text) => sized(Buffer.from(decodeURIComponent(text))));
  return Buffer.concat([Buffer.of(LOGIN_VERSION), ...texts]);
}

function sized(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new RangeError(`Cannot tell a SOCKS proxy more than ${MAX_TEXT_BYTES} bytes of one text`);
  }
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

interface Tunnel {
  readonly host: string;
  readonly port: number;
  readonly login: Uint8Array | undefined;
}

/** The handshake; resolves when the proxy has connected, rejects with what went wrong. */
async function tunnel(socket: Socket, { host, port, login }: Tunnel): Promise<void> {
  const methods = login === undefined ? [NO_LOGIN] : [NO_LOGIN, LOGIN];
  socket.write(Buffer.of(VERSION, methods.length, ...methods));
  const [version, method = 0xff] = await received(socket, 2);
  if (version !== VERSION) throw new Socks5ProxyError("The proxy does not speak SOCKS5");
  if (!methods.includes(method)) throw new Socks5ProxyError("The proxy takes none of our logins");
  if (method === LOGIN && login !== undefined) {
    socket.write(login);
    const [, status] = await received(socket, 2);
    if (status !== 0) throw new Socks5ProxyError("The proxy refuses the login");
  }
  const place = Buffer.concat([addressOf(host), Buffer.of(port >> 8, port & 0xff)]);
  socket.write(Buffer.concat([Buffer.of(VERSION, CONNECT, 0), place]));
  const [, reply, , kind] = await received(socket, 4);
  if (reply !== 0) throw new Socks5ProxyError(`The proxy cannot connect (reply ${reply})`);
  // The address that the proxy connected from: read, since what follows is the upstream's.
  const [nameBytes = 0] = kind === NAME ? await received(socket, 1) : [];
  const addressBytes = kind === IPV4 ? 4 : kind === IPV6 ? 16 : nameBytes;
  await received(socket, addressBytes + 2);
}

/** Kind and address as the request spells them (RFC 1928 §5). */
function addressOf(host: string): Uint8Array {
  const kind = isIP(host);
  if (kind === 4) return Buffer.of(IPV4, ...host.split(".").map(Number));
  if (kind === 6) return Buffer.of(IPV6, ...ipv6Bytes(host));
  return Buffer.concat([Buffer.of(NAME), sized(Buffer.from(host))]);
}

/** The 16 bytes of an address as the URL parser spells it: groups of hexadecimal digits, `::` once at most. */
function ipv6Bytes(host: string): number[] {
  const [head = "", tail] = host.split("::");
  const groups = (text: string) =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const gap = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => 0);
  return [...first, ...gap, ...last].flatMap((group) => [group >> 8, group & 0xff]);
}

/** The next `count` bytes; rejects when the connection ends before. */
function received(socket: Socket, count: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const bytes: Uint8Array | null = socket.read(count);
      if (bytes === null) return;
      done();
      resolve(bytes);
    };
    const failed = (error: Error) => {
      done();
      reject(error);
    };
    const ended = () => failed(new Socks5ProxyError("The proxy closed the connection"));
    const done = () => {
      socket.off("readable", look).off("error", failed).off("end", ended).off("close", ended);
    };
    socket.on("readable", look).on("error", failed).on("end", ended).on("close", ended);
    look();
  });
}
