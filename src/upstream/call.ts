import { Buffer } from "node:buffer";
import type { buildConnector, Dispatcher } from "undici";
import type { Duplex } from "node:stream";
import type { OutboundLink } from "../core/edits/outbound_link.ts";
import type { HeaderFields } from "../core/exchange.ts";
import type { Runtime } from "../core/runtime.ts";
import type { ByteSocket } from "../core/sockets/byte_socket.ts";
import { StreamSocket } from "../core/sockets/stream_socket.ts";
import { type CallFailure, callFailure } from "./transport/call_failure.ts";
import { connectorWith } from "./transport/connector.ts";
import { type CallPlace, placeOf } from "./transport/call_place.ts";
import { CLIENT_OPTIONS, CONNECT_GIVE_UP_MS } from "./transport/client_options.ts";
import { dispatcherFor } from "./transport/dispatcher_for.ts";
import type { OutboundProxies } from "./transport/outbound_proxy.ts";

/** One HTTP request as it goes out. */
export interface CallRequest {
  readonly method: string;
  /** Absolute, with its query; the fragment is not sent. */
  readonly url: string;
  /** Lower-case names; without `host`, `content-length` and hop-by-hop fields. */
  readonly headers: HeaderFields;
  readonly body:
    | Uint8Array
    | { readonly stream: AsyncIterable<Uint8Array>; readonly sizeBytes: number | undefined }
    | undefined;
  /** Asks for another protocol on this connection; where the upstream agrees, `upgraded` is told in place of the rest. */
  readonly upgrade?: "websocket";
  /** How its host is reached; absent: as the environment says, believing the system's certificates. */
  readonly link?: OutboundLink | undefined;
}

/** What a call tells, in this order; after `end`, `failed`, `upgraded` or {@link Call.abort} nothing more. None may throw. */
export interface CallHandler {
  /** The request is being handed to a connection: from now on the upstream may have seen it. */
  sent(): void;
  /** Status (200 or more; informational answers are passed over) and fields by lower-case name. */
  head(status: number, headers: HeaderFields): void;
  /** Body bytes as they came; the memory is the receiver's to keep. */
  data(chunk: Uint8Array): void;
  /** The body is whole as far as HTTP can tell. */
  end(): void;
  failed(failure: CallFailure): void;
  /** Answered with 101: the connection is the receiver's from now on. */
  upgraded?(headers: HeaderFields, socket: ByteSocket): void;
}

/** A call under way. */
export interface Call {
  /** Stops the body; bytes already read may still come. */
  pause(): void;
  /** Lets the body flow again. */
  resume(): void;
  /** Ends it at once and closes its connection; the handler hears nothing more. Harmless when it is over. */
  abort(): void;
}

/** Whatever makes calls: {@link UpstreamCaller} over sockets, a simulated network where time is turned by hand. */
export interface CallStarter {
  /** Starts a call. Failures are told to the handler, never thrown, and never at once. */
  startCall(request: CallRequest, handler: CallHandler): Call;
}

/** Most origins (with their proxy) that keep connections; the longest unused idle one is closed for a new one. */
const MAX_ORIGINS = 1_000;

interface Origin {
  readonly dispatcher: Dispatcher;
  calls: number;
  /** When it was called last, in calls of all. */
  lastCall: number;
}

/**
 * The only caller of the HTTP client: HTTP/1.1, kept-alive connections shared by all generations of the config,
 * no redirects followed, nothing decompressed, nothing ever sent twice, no timer of its own but the above.
 */
export class UpstreamCaller implements CallStarter, AsyncDisposable {
  readonly #proxies: OutboundProxies;
  readonly #runtime: Runtime;
  readonly #connect: buildConnector.connector;
  readonly #origins = new Map<string, Origin>();
  #calls = 0;

  constructor(proxies: OutboundProxies, runtime: Runtime) {
    this.#proxies = proxies;
    this.#runtime = runtime;
    this.#connect = connectorWith(runtime, CONNECT_GIVE_UP_MS);
  }

  /** See {@link CallStarter.startCall}; a malformed URL is a failure as well. */
  startCall(request: CallRequest, handler: CallHandler): Call {
    const place = placeOf(request.url);
    if (place === undefined) {
      const failed = { kind: "unsendable", sent: false } as const;
      let live = true;
      queueMicrotask(() => live && handler.failed(failed));
      return { pause() {}, resume() {}, abort: () => void (live = false) };
    }
    const origin = this.#originOf(place.url, request);
    origin.calls++;
    origin.lastCall = ++this.#calls;
    const call = new DispatchedCall(handler, place.url.protocol === "https:", () => origin.calls--);
    call.dispatch(origin.dispatcher, place, request);
    return call;
  }

  /** Closes every connection at once; calls under way fail as `aborted`. */
  async [Symbol.asyncDispose](): Promise<void> {
    const origins = [...this.#origins.values()];
    this.#origins.clear();
    await Promise.all(origins.map(({ dispatcher }) => dispatcher.destroy()));
  }

  #originOf(url: URL, { link, upgrade }: Pick<CallRequest, "link" | "upgrade">): Origin {
    const proxy = link?.proxy === undefined
      ? this.#proxies(url)
      : link.proxy === "none"
      ? undefined
      : link.proxy.reveal();
    // A proxy passes no upgrade on: there even a plain upstream is reached by a tunnel.
    const tunnels = upgrade !== undefined && proxy !== undefined;
    const plain = proxy === undefined ? url.origin : `${url.origin} ${proxy}${tunnels ? " tunnel" : ""}`;
    const name = link === undefined ? plain : `${plain} ${link.name}`;
    const known = this.#origins.get(name);
    if (known !== undefined) return known;
    this.#makeRoom();
    const fresh = {
      dispatcher: this.#dispatcherFor(url.origin, { proxy, link, tunnels }),
      calls: 0,
      lastCall: 0,
    };
    this.#origins.set(name, fresh);
    return fresh;
  }

  #dispatcherFor(
    origin: string,
    { proxy, link, tunnels }: { proxy: string | undefined; link: OutboundLink | undefined; tunnels: boolean },
  ): Dispatcher {
    const { authorities = [] } = link ?? {};
    const connect = authorities.length === 0
      ? this.#connect
      : connectorWith(this.#runtime, CONNECT_GIVE_UP_MS, authorities);
    const bounds = { client: CLIENT_OPTIONS, giveUpMs: CONNECT_GIVE_UP_MS, runtime: this.#runtime };
    return dispatcherFor(origin, proxy, { ...bounds, connect, authorities, tunnels });
  }

  #makeRoom(): void {
    if (this.#origins.size < MAX_ORIGINS) return;
    const idle = [...this.#origins].filter(([, { calls }]) => calls === 0)
      .sort(([, one], [, other]) => one.lastCall - other.lastCall);
    const [oldest] = idle;
    if (oldest === undefined) return;
    this.#origins.delete(oldest[0]);
    void oldest[1].dispatcher.close();
  }
}

class DispatchedCall implements Call, Dispatcher.DispatchHandler {
  readonly #handler: CallHandler;
  readonly #secure: boolean;
  readonly #release: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #body: AsyncIterator<Uint8Array> | undefined;
  #headSeen = false;
  #bodyFailed = false;
  #failing = false;
  #over = false;

  constructor(handler: CallHandler, secure: boolean, release: () => void) {
    this.#handler = handler;
    this.#secure = secure;
    this.#release = release;
  }

  dispatch(dispatcher: Dispatcher, { origin, target: path }: CallPlace, request: CallRequest): void {
    const headers: HeaderFields = { ...request.headers, "accept-encoding": "identity" };
    let body: Buffer | null = null;
    if (request.body instanceof Uint8Array) {
      // A Buffer over the same memory: the client copies other views.
      body = Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength);
    } else if (request.body !== undefined) {
      if (request.body.sizeBytes !== undefined) headers["content-length"] = String(request.body.sizeBytes);
      // The client takes async iterables (lib/core/request.js, isIterable); its types only forget to say so.
      body = this.#untilOver(request.body.stream) as unknown as Buffer;
    }
    const { method, upgrade = null } = request;
    dispatcher.dispatch({ origin, path, method, headers, body, upgrade }, this);
  }

  /**
   * The request body, cut short when the call is over: the client waits for the next piece of a body before it
   * looks whether anybody still wants it, and a stalled sender would keep the call in memory.
   */
  async *#untilOver(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const body = stream[Symbol.asyncIterator]();
    this.#body = body;
    try {
      while (!this.#over) {
        const { done, value } = await body.next();
        if (done) return;
        yield value;
      }
    } catch (error) {
      this.#bodyFailed = true;
      throw error;
    }
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    if (!this.#over) this.#controller?.resume();
  }

  abort(): void {
    if (this.#over) return;
    this.#finish();
    this.#controller?.abort(ABORTED);
  }

  #finish(): void {
    this.#over = true;
    this.#release();
    // Not awaited: a body that hangs in `next` answers `return` only after it; its source ends it on its own deadline.
    void this.#body?.return?.().catch(() => {});
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(ABORTED);
    else this.#handler.sent();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: HeaderFields): void {
    if (this.#over || this.#failing || status < 200) return;
    this.#headSeen = true;
    this.#handler.head(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    // After a pause the client hands on what it has, also when that is nothing.
    if (!this.#over && !this.#failing && chunk.length > 0) this.#handler.data(chunk);
  }

  onResponseEnd(): void {
    if (this.#over || this.#failing) return;
    this.#finish();
    this.#handler.end();
  }

  onRequestUpgrade(_controller: unknown, _status: number, headers: HeaderFields, stream: Duplex): void {
    const socket = new StreamSocket(stream);
    if (this.#over || this.#handler.upgraded === undefined) return socket.destroy();
    this.#finish();
    this.#handler.upgraded(headers, socket);
  }

  onResponseError(_controller: unknown, error: unknown): void {
    if (this.#over || this.#failing) return;
    this.#failing = true;
    const failure = callFailure(error, {
      sent: this.#controller !== undefined,
      headSeen: this.#headSeen,
      secure: this.#secure,
      bodyFailed: this.#bodyFailed,
    });
    // The client's proxy reports a 407 in the middle of an answer that it then goes on reading.
    this.#controller?.abort(ABORTED);
    // A refused argument is told before `dispatch` has returned, when nobody holds the call yet.
    queueMicrotask(() => {
      if (this.#over) return;
      this.#finish();
      this.#handler.failed(failure);
    });
  }
}

/** The reason given to the client for every abort; it never leaves this file. */
const ABORTED = new Error("The call was given up");
