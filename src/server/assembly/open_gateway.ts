import { AffinityTable } from "../../balancing/affinity.ts";
import { HealthBoard } from "../../balancing/health.ts";
import { QuotaBook } from "../../balancing/quota/quota_book.ts";
import type { Config } from "../../config/config.ts";
import { type Log, makeLog } from "../../core/log.ts";
import { Notices } from "../../core/notices.ts";
import { memoryObserver, type Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import { errorAnswerFor } from "../../gateway/facts/front.ts";
import { Gateway } from "../../gateway/gateway.ts";
import { Jobs } from "../../operations/jobs/jobs.ts";
import { KeyDesk } from "../../operations/keys/key_desk.ts";
import { mergedConfig } from "../../operations/keys/merged_config.ts";
import { PinTable } from "../../gateway/account/pins.ts";
import { providerOf } from "../../gateway/route.ts";
import { EndpointIdentity } from "../../gateway/routing/endpoint_identity.ts";
import { probedPools } from "../../gateway/routing/probed_pools.ts";
import { makeRedactor, type Redactor } from "../../recording/redact.ts";
import type { Recorder } from "../../recording/recorder.ts";
import { UpstreamCaller } from "../../upstream/call.ts";
import { Prober } from "../../upstream/probes/prober.ts";
import { outboundProxies, PROXY_VARIABLES } from "../../upstream/transport/outbound_proxy.ts";
import { clientAddressReader } from "../client_address.ts";
import { clientAddressWatch } from "../client_address_watch.ts";
import { type DataDir, DataDirError } from "../data_dir.ts";
import { type ErrorResponder, errorResponder } from "../error_response.ts";
import type { ByteTarget } from "../logs/line_writer.ts";
import { openLogs } from "../logs/open_logs.ts";
import { GenerationTurns } from "./generation_turns.ts";
import { KnownSecrets } from "./known_secrets.ts";
import { openAlerts } from "./open_alerts.ts";
import { type OpenedKeys, openKeys } from "./open_keys.ts";
import { openRecorder } from "./open_recorder.ts";
import { openState } from "./open_state.ts";
import { SimulatedHost } from "./simulated_host.ts";

/** What a gateway is put together from. */
export interface OpenGatewayOptions {
  readonly config: Config;
  readonly dataDir: DataDir;
  readonly env: (name: string) => string | undefined;
  /** The same for secrets, with the `.env` beside the config behind it. */
  readonly secretEnv?: (name: string) => string | undefined;
  readonly runtime: Runtime;
  /** Where log lines go, and whether a person reads them there. */
  readonly logs: { readonly target: ByteTarget; readonly isTerminal: boolean };
}

/** A gateway with all it works with, and no listener yet. */
export interface OpenedGateway {
  readonly gateway: Gateway;
  readonly health: HealthBoard;
  readonly recorder: Recorder | undefined;
  readonly log: Log;
  readonly observer: Observer;
  readonly notices: Notices;
  readonly respondError: ErrorResponder;
  /** The kind of store in use. */
  readonly storeKind: string;
  /** Upstream keys of the store. */
  readonly keys: OpenedKeys;
  readonly desk: KeyDesk;
  readonly jobs: Jobs;
  /** Puts a configuration in force; rejects with `RangeError`, changing nothing, when it cannot be built. */
  readonly apply: (config: Config) => Promise<void>;
}

/**
 * Opens everything behind the listener, with `config` in force. What it opens is left to `opened`, also when it
 * rejects: with `DataDirError` when records or logs cannot be kept, with `RangeError` when the config cannot be built.
 */
export async function openGateway(
  options: OpenGatewayOptions,
  opened: AsyncDisposableStack,
): Promise<OpenedGateway> {
  const { config, dataDir, env, runtime } = options;
  const observer = memoryObserver();
  const secrets = new KnownSecrets();
  const redactor = makeRedactor(() => secrets.all);
  const log = makeLog(() => runtime.now(), openLogSink(options, { observer, redactor }, opened));
  const notices = new Notices();
  const parts = { runtime, log, observer, notices, dataDir: dataDir.path, redactor };
  const state = opened.use(await openState(config.state.store, parts));
  const health = new HealthBoard({ runtime, log, observer, notices, state: state.writer });
  const affinity = new AffinityTable({ runtime, log, state: state.writer });
  const quota = new QuotaBook({ runtime, log, state: state.writer });
  await Promise.all([health.restore(), affinity.restore(), quota.restore()]);
  const keys = await openKeys({ ...parts, state: state.writer, env: options.secretEnv ?? env });
  const recorder = await openRecorder(config.records, parts).catch(unusable(dataDir.path, "records"));
  if (recorder !== undefined) opened.defer(() => recorder.close());
  const caller = opened.use(new UpstreamCaller(proxiesFrom(env), runtime));
  const alerts = opened.use(openAlerts({ ...parts, caller }));
  const simulated = opened.use(new SimulatedHost(runtime));
  const respondError = errorResponder({ errorAnswer: errorAnswerFor, log, observer });
  const identity = new EndpointIdentity(dataDir.instanceKey);
  const gateway = new Gateway({
    ...{ runtime, log, observer, notices, health, affinity, quota, caller, recorder, respondError },
    pins: new PinTable(state.writer),
    identity,
    ownTenantKey: dataDir.tenantKey,
    callableUrl: (url) => simulated.callableUrl(url),
    clientAddressReader,
    addressWatch: clientAddressWatch(log.channel("server")),
  });
  const prober = opened.use(new Prober({ runtime, caller, health, providerOf, log, observer }));
  let inForce: readonly string[] = [];
  const turns = new GenerationTurns(config, async (next) => {
    await simulated.prepare(next);
    const merged = mergedConfig(next, keys.book);
    // Requests in flight still use the keys of the generation before, and an upstream may quote one in its answer.
    const before = inForce;
    const slice = keys.slice();
    await secrets.know([before, poolSecrets(merged), keys.master.secrets()], slice);
    await gateway.applyInSlices(merged, slice);
    prober.configure(probedPools(gateway.generation));
    alerts.configured(next);
    const webhooks = next.alerts.webhooks.map((webhook) => webhook.url.reveal());
    inForce = [...gateway.generation.secrets, ...webhooks];
    await secrets.know([before, inForce, keys.master.secrets()], slice);
  });
  await turns.apply(config);
  const desk = new KeyDesk({
    ...{ ...keys, runtime, identity, health, tools: { runtime, caller, providerOf } },
    config: () => turns.config,
    generation: () => gateway.generation,
    refresh: () => turns.refresh(),
  });
  return {
    ...{ gateway, health, recorder, log, observer, notices, respondError, storeKind: state.kind },
    ...{ keys, desk, jobs: opened.use(new Jobs(runtime, log)), apply: (next) => turns.apply(next) },
  };
}

/** Credentials of a config's pools. */
function poolSecrets({ pools }: Config): string[] {
  return pools.flatMap(({ keys, upstreams }) => [keys, ...upstreams.map((upstream) => upstream.keys)])
    .flatMap((list) => list === undefined || typeof list === "string" ? [] : list)
    .map(({ secret }) => secret.reveal());
}

function openLogSink(
  { config, dataDir, env, runtime, logs }: OpenGatewayOptions,
  parts: { observer: Observer; redactor: Redactor },
  opened: AsyncDisposableStack,
) {
  try {
    const open = openLogs(config.logs, { ...logs, ...parts, env, dataDir: dataDir.path, runtime });
    return opened.use(open).sink;
  } catch (error) {
    return unusable(dataDir.path, "log files")(error);
  }
}

/** Turns the system's refusal into one line for the operator; any other error stays what it is. */
function unusable(path: string, what: string): (error: unknown) => never {
  return (error) => {
    const isSystems = error instanceof Error && (error.name in Deno.errors || "code" in error);
    if (!isSystems) throw error;
    throw new DataDirError(
      `The data directory '${path}' cannot take ${what} (${error.name}). Make all in it writable for this user, or ` +
        "choose another with --data-dir.",
    );
  };
}

function proxiesFrom(env: (name: string) => string | undefined) {
  return outboundProxies(Object.fromEntries(PROXY_VARIABLES.map((name) => [name, env(name)])));
}
