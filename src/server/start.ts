import type { HealthBoard } from "../balancing/health.ts";
import { environmentBeside, type LoadedFiles } from "../config/files.ts";
import type { Document } from "../config/text/document.ts";
import { type ConfigWatch, watchConfig } from "../config/watch.ts";
import type { Exchange, UpgradeExchange } from "../core/exchange.ts";
import type { Log } from "../core/log.ts";
import type { Observer } from "../core/observe.ts";
import { type Runtime, sleep } from "../core/runtime.ts";
import { atOnce, type Rests } from "../core/time/steps.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { socketFrontOf } from "../gateway/sockets/socket_front.ts";
import type { AdminRoom } from "./admin/admin_routes.ts";
import { makeApp } from "./app.ts";
import { openAdminRoom } from "./assembly/open_admin_room.ts";
import { type ConfigSource, configSource } from "./assembly/config_source.ts";
import { type OpenedGateway, openGateway } from "./assembly/open_gateway.ts";
import type { OpenedKeys } from "./assembly/open_keys.ts";
import { ConfigInForce } from "./config_in_force.ts";
import { type DataDir, openDataDir } from "./data_dir.ts";
import { type Cors, corsRules } from "./listener/cors.ts";
import { isDataPlane } from "./listener/data_plane.ts";
import { listen, type Listener } from "./listener/listen.ts";
import type { ListenLimits } from "./listener/listen_options.ts";
import type { ByteTarget } from "./logs/line_writer.ts";
import { openMetrics } from "./metrics/open_metrics.ts";
import type { MetricsRoom } from "./metrics/metrics_route.ts";
import { type Readiness, readinessOf } from "./readiness.ts";

/** How long the last words to clients may take to leave, in milliseconds, before their connections are closed. */
const LAST_WORDS_MS = 500;

/** How the gateway starts. */
export interface StartOptions {
  readonly config: ConfigSource;
  /** Goes before the config's `listen`, each part by itself. */
  readonly listen: { readonly host?: string; readonly port?: number } | undefined;
  readonly dataDir: string;
  readonly env: (name: string) => string | undefined;
  readonly runtime: Runtime;
  /** Where log lines go, and whether a person reads them there. */
  readonly logs: { readonly target: ByteTarget; readonly isTerminal: boolean };
  /** Bounds of the listener, where a test wants others. */
  readonly limits?: Partial<ListenLimits>;
}

/** A gateway at work. */
export interface RunningServer {
  readonly address: { readonly host: string; readonly port: number };
  /** Where the admin API alone is served; undefined: at {@link address}, or nowhere. */
  readonly adminAddress: { readonly host: string; readonly port: number } | undefined;
  /** Where `/metrics` is, if not there. */
  readonly metricsAddress: { readonly host: string; readonly port: number } | undefined;
  readonly dataDir: DataDir;
  readonly gateway: Gateway;
  readonly health: HealthBoard;
  readonly log: Log;
  readonly observer: Observer;
  /** What it started with. */
  readonly loaded: LoadedFiles;
  /** The kind of store in use. */
  readonly storeKind: string;
  /** Upstream keys of the store. */
  readonly keys: OpenedKeys;
  /** Resolves when every record so far is written or dropped. */
  flushRecords(): Promise<void>;
  /** Reads the configuration again, whether or not its files changed. */
  reload(): Promise<void>;
  /** Stops accepting, waits at most `graceMs` for what is in flight, cuts the rest, writes everything out and lets go. */
  close(graceMs: number): Promise<void>;
}

/**
 * Puts a gateway together and starts it. Throws `ConfigError`, `ConfigFileError` or `RangeError` for a config that
 * cannot be used, `DataDirError` and `ListenError` for a place that cannot: each with one line for the operator,
 * and with everything already opened let go again.
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { runtime } = options;
  const load = configSource(options.config, options.env);
  const loaded = atOnce(load());
  await using opened = new AsyncDisposableStack();
  const dataDir = opened.use(await openDataDir(options.dataDir, runtime));
  const configFile = "file" in options.config ? options.config.file : undefined;
  const secretEnv = configFile === undefined ? options.env : environmentBeside(configFile, options.env);
  const opening = await openGateway({ ...options, config: loaded.config, dataDir, secretEnv }, opened);
  const { gateway, health, log, observer, notices, recorder, storeKind, keys, apply } = opening;
  const rests = keys.slice;
  const inForce = new ConfigInForce(loaded, { runtime, log, observer, notices, apply, rests });
  let draining = false;
  const readiness = () =>
    readinessOf({
      ...{ generation: gateway.generation, health, inForce, storeKind, draining, keys: keys.book },
      nowMs: runtime.monotonic(),
    });
  const reload = (document?: Document) => inForce.reload(() => load({ document, config: inForce.config }));
  const again = { now: () => reload() };
  const admin = openAdminRoom({
    ...{ ...opening, runtime, dataDir, inForce, configFile, readiness, env: options.env },
    reload: () => again.now(),
  });
  const metrics = await openMetrics({ ...opening, runtime, admin, inForce, readiness }, opened);
  const listeners = await openListeners(options, opening, { readiness, admin, metrics: metrics.room });
  metrics.show(listeners.main);
  // Until they serve they have nothing to drain.
  opened.defer(() => listeners.close(0));
  const watch = watchFor(options, inForce, { log, reload, rests });
  // A reading that is asked for must not overlap one that the watch has begun.
  if (watch !== undefined) again.now = () => watch.check();
  inForce.tellShortcomings();
  const held = opened.move();
  return {
    address: listeners.main.address,
    adminAddress: listeners.admin?.address,
    metricsAddress: metrics.address,
    ...{ dataDir, gateway, health, log, observer, loaded, storeKind, keys },
    flushRecords: () => recorder?.flush() ?? Promise.resolve(),
    reload: () => again.now(),
    async close(graceMs) {
      draining = true;
      await watch?.close();
      const closed = listeners.close(graceMs + LAST_WORDS_MS);
      const early = new AbortController();
      await Promise.race([closed, sleep(runtime, graceMs, early.signal)]);
      early.abort();
      gateway.cutAll();
      await closed;
      await gateway.idle();
      await held.disposeAsync();
    },
  };
}

interface Listeners {
  readonly main: Listener;
  /** Undefined: the admin API is served by {@link main}, or not at all. */
  readonly admin: Listener | undefined;
  /** See {@link Listener.close}. */
  close(graceMs: number): Promise<void>;
}

async function openListeners(
  { listen: wanted, runtime, limits }: StartOptions,
  { gateway, log, observer, respondError }: OpenedGateway,
  { readiness, admin, metrics }: {
    readonly readiness: () => Readiness;
    readonly admin: AdminRoom;
    readonly metrics: MetricsRoom | undefined;
  },
): Promise<Listeners> {
  const { listen: address, admin: { enabled, listen: own } } = gateway.generation.config;
  const shared = {
    dataPlane: (exchange: Exchange) => gateway.handle(exchange),
    respondError,
    cors: corsInForce(gateway),
    ...{ runtime, log: log.channel("server"), observer, limits: limits ?? {} },
  };
  // WebSockets are of the data plane: an address for the admin API alone must have none.
  const upgrades = {
    offeredAt: (path: string) => socketFrontOf(path) !== undefined,
    take: (exchange: UpgradeExchange) => gateway.upgrade(exchange),
  };
  const isApart = enabled && own !== undefined;
  const here =
    makeApp({ readiness, log: shared.log, admin: enabled && !isApart ? admin : undefined, metrics }).fetch;
  const main = await listen({ ...shared, ...address, ...wanted, upgrades, isDataPlane, app: here });
  if (!isApart) return { main, admin: undefined, close: (graceMs) => main.close(graceMs) };
  try {
    const apart = await listen({
      ...shared,
      ...own,
      isDataPlane: () => false,
      app: makeApp({ readiness, log: shared.log, admin }).fetch,
    });
    log.channel("server").info("The admin API has an address of its own", { ...apart.address });
    const close = async (graceMs: number) => {
      await Promise.all([main.close(graceMs), apart.close(graceMs)]);
    };
    return { main, admin: apart, close };
  } catch (error) {
    await main.close(0);
    throw error;
  }
}

/** The rules of the generation in force, made once for each list of origins. */
function corsInForce(gateway: Gateway): () => Cors | undefined {
  let known: { readonly origins: readonly string[]; readonly rules: Cors | undefined } | undefined;
  return () => {
    const { origins } = gateway.generation.config.cors;
    if (known?.origins !== origins) known = { origins, rules: corsRules(origins) };
    return known.rules;
  };
}

function watchFor(
  { config, runtime }: StartOptions,
  inForce: ConfigInForce,
  { log, reload, rests }: {
    readonly log: Log;
    readonly reload: (document: Document) => Promise<void>;
    readonly rests: () => Rests;
  },
): ConfigWatch | undefined {
  if (!("file" in config)) return undefined;
  return watchConfig({
    path: config.file,
    files: () => inForce.files,
    ...{ runtime, rests },
    changed: reload,
    lost: (reason) => inForce.lost([`${config.file} ${reason}`]),
    pollingOnly: (reason) =>
      log.channel("config").warn("Changes of the configuration are found by polling", { reason }),
  });
}
