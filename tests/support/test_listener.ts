import type { ErrorCode } from "../../src/core/errors.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { type LogLine, makeLog } from "../../src/core/log.ts";
import { memoryObserver, type Observer } from "../../src/core/observe.ts";
import { systemRuntime } from "../../src/core/time/system_runtime.ts";
import { makeApp } from "../../src/server/app.ts";
import type { Readiness } from "../../src/server/readiness.ts";
import { adminRoomOfTest } from "./open_admin.ts";
import { errorResponder } from "../../src/server/error_response.ts";
import { corsRules } from "../../src/server/listener/cors.ts";
import { isDataPlane } from "../../src/server/listener/data_plane.ts";
import { listen, type Listener } from "../../src/server/listener/listen.ts";
import type { ListenLimits, UpgradeTaker } from "../../src/server/listener/listen_options.ts";
import { plainError } from "../../src/server/plain_error.ts";

/** What a test says of its listener. */
export interface TestListenerOptions {
  readonly dataPlane?: (exchange: Exchange) => Promise<void>;
  readonly limits?: Partial<ListenLimits>;
  readonly origins?: readonly string[];
  readonly readiness?: () => Readiness;
  readonly port?: number;
  readonly upgrades?: UpgradeTaker;
}

/** A real listener on 127.0.0.1 with the real app and the data plane of the test. */
export interface TestListener extends AsyncDisposable {
  readonly listener: Listener;
  readonly port: number;
  readonly url: string;
  readonly observer: Observer;
  readonly lines: LogLine[];
  /** Paths that reached the data plane, in order. */
  readonly reached: string[];
}

/** Answers a request with `ok` and the size of its body. */
export async function answerSize(exchange: Exchange): Promise<void> {
  let sizeBytes = 0;
  for await (const chunk of exchange.body()) sizeBytes += chunk.length;
  const body = new TextEncoder().encode(`ok ${sizeBytes}`);
  exchange.head(200, { "content-type": "text/plain", "content-length": String(body.length) });
  exchange.end(body);
}

/** Starts a {@link TestListener} on a free port; disposing cuts what is open. */
export async function testListener(options: TestListenerOptions = {}): Promise<TestListener> {
  const observer = memoryObserver();
  const lines: LogLine[] = [];
  const reached: string[] = [];
  const log = makeLog(() => 0, (line) => lines.push(line));
  const readiness = options.readiness ?? (() => ({ ready: true, detail: {} }));
  const app = makeApp({ readiness, log, admin: adminRoomOfTest() });
  const cors = corsRules(options.origins ?? []);
  const dataPlane = options.dataPlane ?? answerSize;
  const listener = await listen({
    host: "127.0.0.1",
    port: options.port ?? 0,
    app: (request, connection) => app.fetch(request, connection),
    isDataPlane,
    ...(options.upgrades === undefined ? {} : { upgrades: options.upgrades }),
    // The codes come from GatewayError, whose codes they are.
    respondError: errorResponder({
      errorAnswer: (_request, error) => ({
        body: plainError(error.code as ErrorCode, error.message, error.status),
        status: error.status,
        requestIdField: "x-request-id",
      }),
      log,
      observer,
    }),
    cors: () => cors,
    dataPlane(exchange) {
      reached.push(exchange.path);
      return dataPlane(exchange);
    },
    runtime: systemRuntime(),
    log,
    observer,
    limits: { sweepMs: 20, ...options.limits },
  });
  const { port } = listener.address;
  return {
    listener,
    port,
    url: `http://127.0.0.1:${port}`,
    observer,
    lines,
    reached,
    [Symbol.asyncDispose]: () => listener.close(0),
  };
}
