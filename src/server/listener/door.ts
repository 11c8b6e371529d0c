import { getRequestListener } from "@hono/node-server";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { GatewayError } from "../../core/errors.ts";
import { type HeaderFields, headerValue } from "../../core/exchange.ts";
import { headerFields } from "./header_fields.ts";
import type { ListenLimits, ListenOptions } from "./listen_options.ts";
import { type ExchangeHost, NodeExchange } from "./node_exchange.ts";
import { guardRequest, MAX_HEADER_FIELDS, type Target } from "./request_guard.ts";
import { NodeUpgrade } from "./upgrades/node_upgrade.ts";
import { mayBecomeWebSocket, wantsWebSocket } from "./upgrades/upgrade_wish.ts";

/** Decides for each request who answers it, and counts what is open. */
export class Door {
  inFlight = 0;
  connections = 0;
  readonly #options: ListenOptions;
  readonly #limits: ListenLimits;
  readonly #host: ExchangeHost;
  readonly #app: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  #onIdle: (() => void)[] = [];
  /** Connections that are being closed because of what they sent: nothing more of theirs is read as a request. */
  readonly #refused = new WeakSet<Duplex>();
  /** Connections that speak another protocol or are about to. */
  readonly #sockets = new Set<Duplex>();

  constructor(options: ListenOptions, limits: ListenLimits, host: ExchangeHost) {
    this.#options = options;
    this.#limits = limits;
    this.#host = host;
    this.#app = getRequestListener((request, { incoming }) => {
      return options.app(request, { remoteAddress: incoming.socket.remoteAddress ?? "" });
    }, { overrideGlobalObjects: false });
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
    socket.once("close", () => {
      this.connections--;
      this.#host.idle.busy(socket);
    });
  }

  /** Whether an answer outside any request may be written: not into the middle of another one. */
  mayAnswer(socket: Duplex): boolean {
    if (!socket.writable || this.#refused.has(socket)) return false;
    const newest = this.#host.idle.newest(socket);
    return newest === undefined || newest.writableFinished ||
      (newest.socket === socket && !newest.headersSent);
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.#refused.has(request.socket)) return;
    this.#host.idle.asked(request.socket, response);
    const headers = headerFields(request.rawHeaders);
    let target: Target | undefined;
    let refusal: unknown;
    try {
      target = this.#admit(request, headers);
    } catch (error) {
      refusal = error;
    }
    if (target !== undefined && !this.#options.isDataPlane(target.path)) {
      return this.#serveApp(request, response, target);
    }
    const cors = target === undefined ? undefined : this.#options.cors();
    const extra = cors?.fieldsFor(headerValue(headers, "origin"));
    const exchange = new NodeExchange(request, response, target ?? NO_TARGET, headers, this.#host, extra);
    if (target === undefined) {
      // Whoever sent a head that we refuse may also mean another end of its body than we do.
      exchange.closesConnection = true;
      this.#refused.add(request.socket);
      this.#options.respondError(exchange, refusal, this.#options.runtime.newId());
    } else if (!(cors?.answerPreflight(exchange) ?? false)) this.#serveData(exchange);
  }

  /** Whether a request with an `upgrade` field is handed to {@link upgrade}; else {@link serve} gets it. */
  takesUpgrade(request: IncomingMessage): boolean {
    const { upgrades } = this.#options;
    if (upgrades === undefined || !this.#isIdle(request.socket)) return false;
    const { method = "", httpVersion } = request;
    const headers = headerFields(request.rawHeaders);
    if (!mayBecomeWebSocket({ method, httpVersion, headers })) return false;
    try {
      return upgrades.offeredAt(this.#guard(request, headers).path);
    } catch (error) {
      // Refused in full by `serve`.
      if (error instanceof GatewayError) return false;
      throw error;
    }
  }

  /** Takes over a connection that {@link takesUpgrade} was asked about; `early` came with its head. */
  upgrade(request: IncomingMessage, socket: Duplex, early: Uint8Array): void {
    const headers = headerFields(request.rawHeaders);
    const target = this.#guard(request, headers);
    const { runtime, respondError, upgrades } = this.#options;
    const exchange = new NodeUpgrade(request, socket, early, { target, headers, host: this.#host });
    const refusal = this.#upgradeRefusal();
    this.inFlight++;
    this.#host.idle.busy(socket);
    this.#sockets.add(socket);
    exchange.whenClosed(() => {
      this.#sockets.delete(socket);
      this.#release();
    });
    if (refusal !== undefined || upgrades === undefined) {
      return respondError(exchange, refusal, runtime.newId());
    }
    upgrades.take(exchange).then(() => {
      if (!exchange.finished) throw new Error("A WebSocket was neither answered nor accepted");
    }).catch((thrown) => respondError(exchange, thrown, runtime.newId()));
  }

  /** Cuts every WebSocket: the platform knows them no more. */
  cutSockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #upgradeRefusal(): GatewayError | undefined {
    const { maxConnections, maxInFlight, maxSockets } = this.#limits;
    const isFull = this.connections > maxConnections || this.inFlight >= maxInFlight ||
      this.#sockets.size >= maxSockets;
    if (isFull) return overloaded();
    if (!this.#host.draining) return undefined;
    return new GatewayError("shutting_down", "The gateway is shutting down; connect again shortly.");
  }

  /** Whether nothing is under way on a connection, nor was anything refused on it: what is upgraded can be nobody else's any more. */
  #isIdle(socket: Duplex): boolean {
    return !this.#refused.has(socket) && (this.#host.idle.newest(socket)?.writableFinished ?? true);
  }

  #admit(request: IncomingMessage, headers: HeaderFields): Target {
    const target = this.#guard(request, headers);
    if (wantsWebSocket(headers)) {
      throw new GatewayError(
        "upgrade_refused",
        "WebSockets are not served here; use plain HTTP requests and streamed answers.",
      );
    }
    return target;
  }

  #guard(request: IncomingMessage, headers: HeaderFields): Target {
    if (request.rawHeaders.length > 2 * MAX_HEADER_FIELDS) {
      throw new GatewayError(
        "headers_too_large",
        `The request has more than ${MAX_HEADER_FIELDS} header fields; send fewer.`,
      );
    }
    return guardRequest(request.method ?? "", request.url ?? "", headers);
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

  #serveApp(request: IncomingMessage, response: ServerResponse, target: Target): void {
    // Without the scheme and host that an absolute-form target brings: no route may be decided by them.
    request.url = target.query === "" ? target.path : `${target.path}?${target.query}`;
    this.inFlight++;
    const { draining, idle } = this.#host;
    if (draining) response.setHeader("connection", "close");
    else if (response.shouldKeepAlive) response.setHeader("keep-alive", idle.hint);
    const { socket } = request;
    response.once("close", () => {
      idle.answered(socket, response);
      this.#release();
    });
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
