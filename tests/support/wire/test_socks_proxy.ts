import { Buffer } from "node:buffer";
import net from "node:net";
import type { AddressInfo } from "node:net";

/** One tunnel that a {@link TestSocksProxy} was asked for. */
export interface SocksTunnel {
  /** `name:port`, `a.b.c.d:port` or the address's bytes in hexadecimal. */
  readonly target: string;
  /** `user:password`; undefined where none were sent. */
  readonly login: string | undefined;
}

/** A SOCKS5 proxy on 127.0.0.1 (RFC 1928, 1929) that alone knows where some host names are. */
export interface TestSocksProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly authority: string;
  readonly tunnels: readonly SocksTunnel[];
}

/** Starts one for `hosts` (name → port of 127.0.0.1); with `login` (`user:password`) it lets nobody else in. */
export async function testSocksProxy(
  hosts: Readonly<Record<string, number>>,
  login?: string,
): Promise<TestSocksProxy> {
  const tunnels: SocksTunnel[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    void serve(socket, hosts, login, tunnels, sockets).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a listening TCP server is never a pipe's name or null.
  const { port } = server.address() as AddressInfo;
  return {
    authority: `127.0.0.1:${port}`,
    tunnels,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function serve(
  socket: net.Socket,
  hosts: Readonly<Record<string, number>>,
  login: string | undefined,
  tunnels: SocksTunnel[],
  sockets: Set<net.Socket>,
): Promise<void> {
  const [, count = 0] = await take(socket, 2);
  const methods = await take(socket, count);
  const method = login === undefined ? 0 : 2;
  if (!methods.includes(method)) return void socket.end(Buffer.of(5, 0xff));
  socket.write(Buffer.of(5, method));
  let given: string | undefined;
  if (method === 2) {
    const [, userBytes = 0] = await take(socket, 2);
    const user = await take(socket, userBytes);
    const [passwordBytes = 0] = await take(socket, 1);
    given = `${user}:${await take(socket, passwordBytes)}`;
    // Byte by byte, as a slow network would.
    socket.write(Buffer.of(1));
    socket.write(Buffer.of(given === login ? 0 : 1));
    if (given !== login) return void socket.end();
  }
  const [, , , kind] = await take(socket, 4);
  const host = kind === 3
    ? String(await take(socket, (await take(socket, 1))[0] ?? 0))
    : kind === 1
    ? [...await take(socket, 4)].join(".")
    : (await take(socket, 16)).toString("hex");
  const port = (await take(socket, 2)).readUInt16BE();
  tunnels.push({ target: `${host}:${port}`, login: given });
  const known = hosts[host];
  if (known === undefined) return void socket.end(Buffer.of(5, 4, 0, 1, 0, 0, 0, 0, 0, 0));
  const onward = net.connect(known, "127.0.0.1", () => {
    socket.write(Buffer.concat([Buffer.of(5, 0, 0, 3, 4), Buffer.from("here"), Buffer.of(0, 80)]));
    onward.pipe(socket).pipe(onward);
  });
  sockets.add(onward);
  onward.on("error", () => socket.destroy());
}

/** The next `count` bytes. */
async function take(socket: net.Socket, count: number): Promise<Buffer> {
  for (;;) {
    if (count === 0) return Buffer.alloc(0);
    const bytes: Buffer | null = socket.read(count);
    if (bytes !== null) return bytes;
    if (socket.readableEnded || socket.destroyed) throw new Error("closed");
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off("readable", done).off("close", done);
        resolve();
      };
      socket.once("readable", done).once("close", done);
    });
  }
}
