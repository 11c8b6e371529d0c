import { AffinityTable } from "../balancing/affinity.ts";
import { HealthBoard } from "../balancing/health.ts";
import { loadConfigFile, type LoadedFiles } from "../config/files.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { watchConfig } from "../config/watch.ts";
import { type Log, makeLog } from "../core/log.ts";
import { memoryObserver, type Observer } from "../core/observe.ts";
import type { Runtime } from "../core/runtime.ts";
import { errorBodyFor } from "../gateway/facts/front.ts";
import { Gateway } from "../gateway/gateway.ts";
import { PinTable } from "../gateway/account/pins.ts";
import { EndpointIdentity } from "../gateway/routing/endpoint_identity.ts";
import { makeRedactor } from "../recording/redact.ts";
import { UpstreamCaller } from "../upstream/call.ts";
import { outboundProxies, PROXY_VARIABLES } from "../upstream/transport/outbound_proxy.ts";
import { makeApp } from "./app.ts";
import { clientAddressReader } from "./client_address.ts";
import { clientAddressWatch } from "./client_address_watch.ts";
import { ConfigInForce } from "./config_in_force.ts";
import { type DataDir, openDataDir } from "./data_dir.ts";
import { errorResponder } from "./error_response.ts";
import { corsRules } from "./listener/cors.ts";
import { isDataPlane } from "./listener/data_plane.ts";
import { listen } from "./listener/listen.ts";
import type { ListenLimits } from "./listener/listen_options.ts";
import type { ByteTarget } from "./logs/line_writer.ts";
import { openLogs } from "./logs/open_logs.ts";
import { openRecorder } from "./open_recorder.ts";
import { openState } from "./open_state.ts";
import { readinessOf } from "./readiness.ts";
import { SimulatedHost } from "./simulated_host.ts";

/** How the gateway starts. */
export interface StartOptions {
  /** A config file, or a text for when there is none. */
  readonly config: { readonly file: string } | { readonly text: string; readonly name: string };
  /** Goes before the config's `listen`. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
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
  readonly dataDir: DataDir;
  readonly gateway: Gateway;
  readonly health: HealthBoard;
  readonly log: Log;
  readonly observer: Observer;
  readonly loaded: LoadedConfig;
  /** The kind of store in use. */
  readonly storeKind: string;
  /** Resolves when every record so far is written or dropped. */
  flushRecords(): Promise<void>;
  /** Reads the configuration again, whether or not its files changed. */
  reload(): Promise<void>;
  /** Stops accepting, waits at most `graceMs` for what is in flight, writes everything out and lets go. */
  close(graceMs: number): Promise<void>;
}

/**
 * Puts a gateway together and starts it. Throws `ConfigError` or `ConfigFileError` for a config that cannot be
 * used, `DataDirError` and `ListenError` for a place that cannot: each with one line for the operator, and
 * with everything already opened let go again.
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { runtime, env } = options;
  const source = options.config;
  const load = (): { loaded: LoadedConfig; files: LoadedFiles["files"] } => {
    if ("file" in source) {
      const loaded = loadConfigFile(source.file, env);
      return { loaded, files: loaded.files };
    }
    const readSecretFile = (path: string) => Deno.readTextFileSync(path);
    return {
      loaded: loadConfig({ text: source.text, file: source.name, env, readSecretFile }),
      files: new Map(),
    };
  };
  const { loaded, files } = load();
  await using opened = new AsyncDisposableStack();
  const dataDir = opened.use(await openDataDir(options.dataDir, runtime));
  const observer = memoryObserver();
  const redactor = makeRedactor(() => gateway?.generation.secrets ?? NO_SECRETS);
  const logs = opened.use(
    openLogs(loaded.config.logs, {
      ...options.logs,
      env,
      dataDir: dataDir.path,
      runtime,
      observer,
      redactor,
    }),
  );
  const log = makeLog(() => runtime.now(), logs.sink);
  const parts = { runtime, log, observer, dataDir: dataDir.path, redactor };
  const state = opened.use(await openState(loaded.config.state.store, parts));
  const health = new HealthBoard({ runtime, log, observer, state: state.writer });
  const affinity = new AffinityTable({ runtime, log, state: state.writer });
  await Promise.all([health.restore(), affinity.restore()]);
  const recorder = await openRecorder(loaded.config.records, parts);
  if (recorder !== undefined) opened.defer(() => recorder.close());
  const caller = opened.use(new UpstreamCaller(proxiesFrom(env), runtime));
  const simulated = opened.use(new SimulatedHost(runtime));
  const respondError = errorResponder({ errorBody: errorBodyFor, log, observer });
  const addressWatch = clientAddressWatch(log.channel("server"));
  const gateway: Gateway = new Gateway({
    ...{ runtime, log, observer, health, affinity, caller, recorder, respondError },
    pins: new PinTable(state.writer),
    identity: new EndpointIdentity(dataDir.instanceKey),
    ownTenantKey: dataDir.tenantKey,
    callableUrl: (url) => simulated.callableUrl(url),
    clientAddressReader,
    addressWatch,
  });
  const apply = async (config: LoadedConfig["config"]) => {
    await simulated.prepare(config);
    gateway.apply(config);
  };
  await apply(loaded.config);
  const inForce = new ConfigInForce(loaded, files, { runtime, log, observer, apply });
  let draining = false;
  let cors = { origins: loaded.config.cors.origins, rules: corsRules(loaded.config.cors.origins) };
  const currentCors = () => {
    const { origins } = gateway.generation.config.cors;
    if (origins !== cors.origins) cors = { origins, rules: corsRules(origins) };
    return cors.rules;
  };
  const readiness = () =>
    readinessOf({
      ...{ generation: () => gateway.generation, health, inForce, storeKind: state.kind },
      monotonic: () => runtime.monotonic(),
      draining: () => draining,
    });
  const listener = await listen({
    ...(options.listen ?? loaded.config.listen),
    dataPlane: (exchange) => gateway.handle(exchange),
    isDataPlane,
    app: makeApp({ readiness, log: log.channel("server") }).fetch,
    respondError,
    cors: currentCors,
    ...{ runtime, log: log.channel("server"), observer, limits: options.limits ?? {} },
  });
  const reload = () =>
    inForce.reload(() => {
      const again = load();
      return { ...again.loaded, text: "", files: again.files };
    });
  const watch = "file" in source
    ? watchConfig({
      path: source.file,
      files: () => inForce.files,
      runtime,
      changed: reload,
      lost: (reason) => inForce.lost([`${source.file} ${reason}`]),
      pollingOnly: (reason) =>
        log.channel("config").warn("Changes of the configuration are found by polling", { reason }),
    })
    : undefined;
  inForce.tellShortcomings();
  const held = opened.move();
  return {
    address: listener.address,
    ...{ dataDir, gateway, health, log, observer, loaded, storeKind: state.kind },
    flushRecords: () => recorder?.flush() ?? Promise.resolve(),
    reload: () => watch?.check() ?? reload(),
    async close(graceMs) {
      draining = true;
      await watch?.close();
      await listener.close(graceMs);
      await gateway.idle();
      await held.disposeAsync();
    },
  };
}

const NO_SECRETS: readonly string[] = [];

function proxiesFrom(env: (name: string) => string | undefined) {
  return outboundProxies(Object.fromEntries(PROXY_VARIABLES.map((name) => [name, env(name)])));
}
