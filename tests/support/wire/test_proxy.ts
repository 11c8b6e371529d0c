import http from "node:http";
import net from "node:net";
import type { AddressInfo } from "node:net";

/** One request that the proxy was asked to forward, or one tunnel. */
export interface ProxiedRequest {
  readonly method: string;
  /** Absolute URL, or `host:port` of a tunnel. */
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** An outbound proxy on 127.0.0.1 that alone knows where some host names are. */
export interface TestProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly authority: string;
  readonly seen: readonly ProxiedRequest[];
}

/** Starts one that forwards absolute-form requests and tunnels for `hosts` (name → port of 127.0.0.1), and 502 for others. */
export async function testProxy(hosts: Readonly<Record<string, number>>): Promise<TestProxy> {
  const seen: ProxiedRequest[] = [];
  const sockets = new Set<net.Socket>();
  const note = ({ method = "", url = "", headers }: http.IncomingMessage) => {
    seen.push({ method, target: url, headers });
  };
  const server = http.createServer((request, response) => {
    note(request);
    const url = URL.parse(request.url ?? "");
    const port = hosts[url?.hostname ?? ""];
    if (url === null || port === undefined) return void response.writeHead(502).end();
    const headers = { ...request.headers };
    for (const name of Object.keys(headers)) if (name.startsWith("proxy-")) delete headers[name];
    // Not the URL parser's path: it spells some signs anew.
    const path = (request.url ?? "").slice(`http://${url.host}`.length);
    const fixed = { host: "127.0.0.1", agent: false, maxHeaderSize: 65_536 };
    const options = { ...fixed, port, path, method: request.method, headers };
    const onward = http.request(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request, socket) => {
    note(request);
    const [host = ""] = (request.url ?? "").split(":");
    const port = hosts[host];
    if (port === undefined) return void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    const onward = net.connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    sockets.add(onward);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a listening TCP server is never a pipe's name or null.
  const { port } = server.address() as AddressInfo;
  return {
    authority: `127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
