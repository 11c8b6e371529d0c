import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import { sleep } from "../../core/runtime.ts";
import { AcceptWatch } from "./connections/accept_watch.ts";
import { Deadlines } from "./connections/deadlines.ts";
import { Door } from "./door.ts";
import { DEFAULT_LIMITS, type ListenLimits, type ListenOptions } from "./listen_options.ts";
import { IdleConnections } from "./connections/idle_connections.ts";
import type { ExchangeHost } from "./node_exchange.ts";
import { rawAnswer } from "./raw_answer.ts";

/** A listener at work. */
export interface Listener {
  readonly address: { readonly host: string; readonly port: number };
  /** Open connections, idle ones included. */
  readonly connections: number;
  /** Requests whose answer is not yet over. */
  readonly inFlight: number;
  /** Refuses new connections from now on; those that are open are served and then closed. */
  stopAccepting(): void;
  /** {@link stopAccepting}, then waits for what is in flight, at most `graceMs`, and cuts the rest. Resolves when nothing is open. */
  close(graceMs: number): Promise<void>;
}

/** The address cannot be listened on; the message is one line for the operator. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Listens; throws {@link ListenError} when the address is taken, forbidden or not of this machine. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const deadlines = new Deadlines(options.runtime, limits.sweepMs);
  const host: ExchangeHost = {
    runtime: options.runtime,
    deadlines,
    idle: new IdleConnections(deadlines, limits.keepAliveMs),
    bodyStallMs: limits.bodyStallMs,
    writeStallMs: limits.writeStallMs,
    lingerMs: limits.lingerMs,
    draining: false,
  };
  const door = new Door(options, limits, host);
  const server = makeServer(door, limits);
  await bound(server, options.host, options.port);
  const { address, port } = addressOf(server);
  const watch = new AcceptWatch({
    ...{ runtime: options.runtime, log: options.log, observer: options.observer },
    everyMs: limits.acceptCheckMs,
    probeMs: limits.acceptCheckMs / 2,
    address: { host: address, port },
    openConnections: () => door.connections,
    isListening: () => server.listening,
    reopen() {
      if (server.listening) server.close();
      return bound(server, address, port);
    },
  });
  server.on("connection", () => watch.opened());
  let stopped: Promise<void> | undefined;
  const stopAccepting = () => {
    host.draining = true;
    watch.stop();
    stopped ??= new Promise((resolve) => server.close(() => resolve()));
  };
  return {
    address: { host: address, port },
    get connections() {
      return door.connections;
    },
    get inFlight() {
      return door.inFlight;
    },
    stopAccepting,
    async close(graceMs) {
      stopAccepting();
      const graceOver = new AbortController();
      await Promise.race([door.idle(), sleep(options.runtime, graceMs, graceOver.signal)]);
      graceOver.abort();
      server.closeAllConnections();
      door.cutSockets();
      await stopped;
      host.deadlines.clear();
    },
  };
}

function makeServer(door: Door, limits: ListenLimits): Server {
  // Node's option since 24.9; Deno 2.9.6 obeys it and its types do not know it. Without it h2c would be taken up too.
  const upgrading = { shouldUpgradeCallback: (request: IncomingMessage) => door.takesUpgrade(request) };
  const server = createServer({
    ...upgrading,
    headersTimeout: limits.headMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    // The platform's limit is on the whole request and would cut long uploads; pauses are timed in request_body.ts.
    requestTimeout: 0,
    // See IdleConnections.
    keepAliveTimeout: 0,
    maxHeaderSize: limits.maxHeadBytes,
    insecureHTTPParser: false,
    noDelay: true,
  }, (request, response) => door.serve(request, response));
  // Bounded by maxHeaderSize, and refused where it is too many; the platform would drop the rest silently.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.maxConnections + limits.reservedConnections;
  server.on("connection", (socket) => door.connect(socket));
  server.on("upgrade", (request, socket, head) => door.upgrade(request, socket, head));
  server.on("checkContinue", (request, response) => door.serve(request, response));
  server.on("connect", (_request, socket) => {
    rawAnswer(socket, "method_not_allowed", "CONNECT is not served; send requests to the gateway itself.");
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code !== "ECONNRESET" && door.mayAnswer(socket)) refuseHead(error, socket);
    else socket.destroy();
  });
  return server;
}

function refuseHead(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    rawAnswer(socket, "request_timeout", "The request's head did not arrive in time; send it again at once.");
  } else if (error.code === "HPE_HEADER_OVERFLOW") {
    rawAnswer(
      socket,
      "headers_too_large",
      "The request's head is larger than 64 KiB; send smaller headers and a shorter path.",
    );
  } else {
    rawAnswer(
      socket,
      "invalid_header",
      "The request is not well-formed HTTP/1.1; check what sends it and any proxy between.",
    );
  }
}

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(new ListenError(listenAdvice(error, host, port)));
    server.once("error", fail);
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

function listenAdvice(error: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `Cannot listen on ${host.includes(":") ? `[${host}]` : host}:${port}`;
  switch (error.code) {
    case "EADDRINUSE":
      return `${where}: the port is taken by another program. Stop it, or choose another with --listen HOST:PORT.`;
    case "EACCES":
      return `${where}: this user may not use that port. Choose one above 1023 with --listen HOST:PORT.`;
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOTFOUND":
      return `${where}: the host is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all addresses.`;
    default:
      return `${where}: ${error.code ?? error.name}. Choose another address with --listen HOST:PORT.`;
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new ListenError("The server has no network address");
  }
  return address;
}
