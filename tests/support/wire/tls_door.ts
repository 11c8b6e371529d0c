import net from "node:net";
import type { AddressInfo } from "node:net";
import tls from "node:tls";

const fixture = (name: string) =>
  Deno.readTextFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url));

/** The authority that signed the {@link tlsDoor}'s certificate: nobody believes it of itself. PEM, valid for a century. */
export const TEST_CA = fixture("ca.pem");

/** A port of 127.0.0.1 that speaks TLS, as `vendor.test` and `localhost`, and passes on to a plain one. */
export interface TlsDoor extends AsyncDisposable {
  readonly port: number;
}

/** Opens one before `plainUrl`, a fake upstream's. */
export async function tlsDoor(plainUrl: string): Promise<TlsDoor> {
  const sockets = new Set<net.Socket>();
  const options = { key: fixture("server.key"), cert: fixture("server.pem") };
  const server = tls.createServer(options, (socket) => {
    const onward = net.connect(Number(new URL(plainUrl).port), "127.0.0.1");
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on("error", () => {});
    }
    socket.pipe(onward).pipe(socket);
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  // The address of a listening TCP server is never a pipe's name or null.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
