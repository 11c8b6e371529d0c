import { Hono } from "hono";
import type { HealthBoard } from "../../balancing/health.ts";
import type { Log } from "../../core/log.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Admissions } from "../../limits/admissions.ts";
import type { AdminRoom } from "../admin/admin_routes.ts";
import type { Readiness } from "../readiness.ts";
import type { ConfigInForce } from "../config_in_force.ts";
import type { ErrorResponder } from "../error_response.ts";
import { listen, type Listener } from "../listener/listen.ts";
import { showEndpoints } from "./gauges/endpoint_gauges.ts";
import { showProcess } from "./gauges/process_gauges.ts";
import { showServer } from "./gauges/server_gauges.ts";
import type { MetricBook } from "./metric_book.ts";
import { MetricsGuard } from "./metrics_guard.ts";
import { addMetricsRoute, type MetricsRoom } from "./metrics_route.ts";

/** What {@link openMetrics} puts together. */
export interface OpenMetricsParts {
  readonly observer: MetricBook;
  readonly gateway: Gateway;
  readonly admissions: Pick<Admissions, "lines">;
  readonly health: HealthBoard;
  readonly inForce: ConfigInForce;
  readonly admin: Pick<AdminRoom, "guard" | "clientAddress">;
  readonly readiness: () => Readiness;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly respondError: ErrorResponder;
}

/** `/metrics`, ready to be read. */
export interface OpenedMetrics {
  /** For the gateway's own address; undefined where there is another one. */
  readonly room: MetricsRoom | undefined;
  /** The other one. */
  readonly address: Listener["address"] | undefined;
  /** Begins to show what only the gateway's listener knows. */
  readonly show: (listener: Listener) => void;
}

/**
 * Opens `/metrics` where the config wants it: at an address of its own, or at the gateway's. A listener of its own is left to `opened`; rejects with `ListenError`
 * where its address cannot be had.
 */
export async function openMetrics(
  parts: OpenMetricsParts,
  opened: AsyncDisposableStack,
): Promise<OpenedMetrics> {
  const { observer, gateway, health, inForce, admin, readiness, runtime } = parts;
  showProcess(observer, runtime);
  showEndpoints(observer, {
    generation: () => gateway.generation,
    health,
    nowMs: () => runtime.monotonic(),
  });
  const room: MetricsRoom = {
    book: observer,
    guard: new MetricsGuard({
      ...{ admin: admin.guard, runtime },
      tokens: () => gateway.generation.config.metrics.tokens,
    }),
    enabled: () => gateway.generation.config.metrics.enabled,
    clientAddress: admin.clientAddress,
  };
  const show = (listener: Listener) => {
    showServer(observer, {
      gateway,
      lines: parts.admissions.lines,
      inForce,
      listener,
      isReady: () => readiness().ready,
    });
  };
  // Also while they are switched off: a reload may switch them on, and then they must be here and nowhere else.
  const address = gateway.generation.config.metrics.listen;
  if (address === undefined) return { room, address: undefined, show };
  const listener = await listenForMetrics(address, room, parts);
  opened.defer(() => listener.close(0));
  return { room: undefined, address: listener.address, show };
}

/** Serves `/metrics` and nothing else. */
async function listenForMetrics(
  address: Listener["address"],
  room: MetricsRoom,
  { runtime, log, observer, respondError }: OpenMetricsParts,
): Promise<Listener> {
  const serverLog = log.channel("server");
  const app = new Hono<{ Bindings: { readonly remoteAddress: string } }>();
  addMetricsRoute(app, room);
  const listener = await listen({
    ...address,
    dataPlane: () => Promise.reject(new RangeError("The address for metrics has no data plane")),
    isDataPlane: () => false,
    app: app.fetch,
    cors: () => undefined,
    ...{ respondError, runtime, log: serverLog, observer },
  });
  const { host, port } = listener.address;
  serverLog.info("Metrics have an address of their own", { host, port });
  return listener;
}
