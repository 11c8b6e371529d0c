import { getRequestListener } from "@hono/node-server";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

import { GatewayError } from "../../core/errors.ts";
import { type Exchange, type HeaderFields, headerValue } from "../../core/exchange.ts";
import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import { type Runtime, sleep } from "../../core/runtime.ts";
import type { ErrorResponder } from "../error_response.ts";
import type { Cors } from "./cors.ts";
import { headerFields } from "./header_fields.ts";
import { type ExchangeHost, NodeExchange } from "./node_exchange.ts";
import { rawAnswer } from "./raw_answer.ts";
import { guardRequest, MAX_HEADER_FIELDS, type Target } from "./request_guard.ts";

/** Bounds of one listener. */
export interface ListenLimits {
  /** From the connection, or the end of the last request, to the end of a request's head once it has begun. */
  readonly headMs: number;
  /** How often late heads are looked for. */
  readonly checkEveryMs: number;
  /** How long a body may pause. */
  readonly bodyStallMs: number;
  /** How long a client may take nothing of what was written. */
  readonly writeStallMs: number;
  /** How long a connection may idle between two requests. */
  readonly keepAliveMs: number;
  /** How long the rest of an unread body is still taken after the answer. */
  readonly lingerMs: number;
  readonly maxHeadBytes: number;
  /** Data-plane requests at once; more are told to come back. */
  readonly maxInFlight: number;
  /** Connections that are served. */
  readonly maxConnections: number;
  /** Connections beyond that are still told so, and whose health checks are answered; further ones are closed unseen. */
  readonly reservedConnections: number;
}

/**
 * 20 s and a check every 2 s end silent connections and half-sent heads within 22 s. 65 s of keep-alive outlast
 * the 60 s after which common load balancers drop their side, so that none of them sends into a closed connection.
 */
export const DEFAULT_LIMITS: ListenLimits = {
  headMs: 20_000,
  checkEveryMs: 2_000,
  bodyStallMs: 28_000,
  writeStallMs: 60_000,
  keepAliveMs: 65_000,
  lingerMs: 10_000,
  maxHeadBytes: 64 * 1024,
  maxInFlight: 10_000,
  maxConnections: 16_000,
  reservedConnections: 200,
};

/** What {@link listen} needs. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Answers a data-plane request; what it throws is answered by `respondError`. */
  readonly dataPlane: (exchange: Exchange) => Promise<void>;
  readonly isDataPlane: (path: string) => boolean;
  /** Answers every other request. */
  readonly app: (request: Request) => Response | Promise<Response>;
  readonly respondError: ErrorResponder;
  /** Rules for browsers; asked anew for each request, so that a reload changes them. */
  readonly cors: () => Cors | undefined;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  readonly limits?: Partial<ListenLimits>;
}

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
  const host: ExchangeHost = {
    runtime: options.runtime,
    bodyStallMs: limits.bodyStallMs,
    writeStallMs: limits.writeStallMs,
    lingerMs: limits.lingerMs,
    draining: false,
  };
  const door = new Door(options, limits, host);
  const server = makeServer(door, limits);
  await bound(server, options.host, options.port);
  const { address, port } = addressOf(server);
  let stopped: Promise<void> | undefined;
  const stopAccepting = () => {
    host.draining = true;
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
      await stopped;
    },
  };
}

/** Decides for each request who answers it, and counts what is open. */
class Door {
  inFlight = 0;
  connections = 0;
  readonly #options: ListenOptions;
  readonly #limits: ListenLimits;
  readonly #host: ExchangeHost;
  readonly #app: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  #onIdle: (() => void)[] = [];

  constructor(options: ListenOptions, limits: ListenLimits, host: ExchangeHost) {
    this.#options = options;
    this.#limits = limits;
    this.#host = host;
    this.#app = getRequestListener((request) => options.app(request), { overrideGlobalObjects: false });
  }

  /** Resolves when no request is open. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.inFlight === 0) resolve();
      else this.#onIdle.push(resolve);
    });
  }

  connect(socket: Socket): void {
    this.connections++;
    socket.once("close", () => this.connections--);
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    const headers = headerFields(request.rawHeaders);
    let target: Target | undefined;
    let refusal: unknown;
    try {
      target = this.#admit(request, headers);
    } catch (error) {
      refusal = error;
    }
    if (target !== undefined && !this.#options.isDataPlane(target.path)) {
      return this.#serveApp(request, response);
    }
    const cors = target === undefined ? undefined : this.#options.cors();
    const extra = cors?.fieldsFor(headerValue(headers, "origin"));
    const exchange = new NodeExchange(request, response, target ?? NO_TARGET, headers, this.#host, extra);
    if (target === undefined) {
      // Whoever sent a head that we refuse may also mean another end of its body than we do.
      exchange.closesConnection = true;
      this.#options.respondError(exchange, refusal, this.#options.runtime.newId());
    } else if (!(cors?.answerPreflight(exchange) ?? false)) this.#serveData(exchange);
  }

  #admit(request: IncomingMessage, headers: HeaderFields): Target {
    if (request.rawHeaders.length > 2 * MAX_HEADER_FIELDS) {
      throw new GatewayError(
        "headers_too_large",
        `The request has more than ${MAX_HEADER_FIELDS} header fields; send fewer.`,
      );
    }
    const target = guardRequest(request.method ?? "", request.url ?? "", headers);
    const upgrade = headerValue(headers, "upgrade");
    // Other upgrades (`h2c`, which Java's client always asks for) may be ignored and answered in HTTP/1.1.
    if (upgrade !== undefined && upgrade.toLowerCase().includes("websocket")) {
      throw new GatewayError(
        "upgrade_refused",
        "WebSockets are not served here; use plain HTTP requests and streamed answers.",
      );
    }
    return target;
  }

  #serveData(exchange: NodeExchange): void {
    const { runtime, respondError } = this.#options;
    const isCrowded = this.connections > this.#limits.maxConnections;
    if (isCrowded || this.inFlight >= this.#limits.maxInFlight) {
      exchange.closesConnection = isCrowded;
      return respondError(exchange, overloaded(), runtime.newId());
    }
    this.inFlight++;
    this.#options.dataPlane(exchange).then(
      () => {
        if (!exchange.finished) throw new Error("The data plane returned without ending its answer");
      },
    ).catch((thrown) => respondError(exchange, thrown, runtime.newId()))
      .finally(() => exchange.whenClosed(() => this.#release()));
  }

  #serveApp(request: IncomingMessage, response: ServerResponse): void {
    this.inFlight++;
    if (this.#host.draining) response.setHeader("connection", "close");
    response.once("close", () => this.#release());
    this.#app(request, response).catch((fault) => {
      this.#options.log.error("A request outside the data plane failed", { path: request.url, fault });
      response.destroy();
    });
  }

  #release(): void {
    if (--this.inFlight > 0) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }
}

/** Stands for a path that was refused, so that nothing of it is used or echoed. */
const NO_TARGET: Target = { path: "/", query: "" };

function overloaded(): GatewayError {
  return new GatewayError(
    "overloaded",
    "The gateway is serving as many requests as it may; try again shortly.",
    {
      retryAfterMs: 1_000,
    },
  );
}

function makeServer(door: Door, limits: ListenLimits): Server {
  const server = createServer({
    headersTimeout: limits.headMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    // The platform's limit is on the whole request and would cut long uploads; pauses are timed in request_body.ts.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.maxHeadBytes,
    insecureHTTPParser: false,
    noDelay: true,
  }, (request, response) => door.serve(request, response));
  // Bounded by maxHeaderSize, and refused where it is too many; the platform would drop the rest silently.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.maxConnections + limits.reservedConnections;
  server.on("connection", (socket) => door.connect(socket));
  server.on("checkContinue", (request, response) => door.serve(request, response));
  server.on("connect", (_request, socket) => {
    rawAnswer(socket, "method_not_allowed", "CONNECT is not served; send requests to the gateway itself.");
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => refuseHead(error, socket));
  return server;
}

function refuseHead(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
  } else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
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
