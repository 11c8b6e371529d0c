import type { QuotaBook } from "../../balancing/quota/quota_book.ts";
import type { HealthBoard } from "../../balancing/health.ts";
import type { Config } from "../../config/config.ts";
import { type Log, makeLog } from "../../core/log.ts";
import { Notices } from "../../core/notices.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import { errorAnswerFor } from "../../gateway/facts/front.ts";
import { Gateway } from "../../gateway/gateway.ts";
import { PinTable } from "../../gateway/account/pins.ts";
import { providerOf } from "../../gateway/route.ts";
import { EndpointIdentity } from "../../gateway/routing/endpoint_identity.ts";
import { Jobs } from "../../operations/jobs/jobs.ts";
import type { KeyDesk } from "../../operations/keys/key_desk.ts";
import type { Admissions } from "../../limits/admissions.ts";
import type { Ledger } from "../../limits/ledger/ledger.ts";
import type { EndpointNotes } from "../../operations/endpoint_notes.ts";
import { TenantDesk } from "../../operations/tenants/tenant_desk.ts";
import { indexRedactor, makeRedactor, type Redactor, redactors } from "../../recording/redact.ts";
import type { Recorder } from "../../recording/recorder.ts";
import type { KeyUses } from "../../tenants/key_uses.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import { UpstreamCaller } from "../../upstream/call.ts";
import { ModelLists } from "../../upstream/discovery/model_lists.ts";
import { Prober } from "../../upstream/probes/prober.ts";
import { outboundProxies, PROXY_VARIABLES } from "../../upstream/transport/outbound_proxy.ts";
import { clientAddressReader } from "../client_address.ts";
import { clientAddressWatch } from "../client_address_watch.ts";
import { type DataDir, DataDirError } from "../data_dir.ts";
import { type ErrorResponder, errorResponder } from "../error_response.ts";
import type { ByteTarget } from "../logs/line_writer.ts";
import { openLogs } from "../logs/open_logs.ts";
import { LoopLag } from "../process/loop_lag.ts";
import { machineMemoryBytes } from "../process/machine_memory.ts";
import { CATALOGUE } from "../metrics/catalogue.ts";
import { showStorage } from "../metrics/gauges/storage_gauges.ts";
import { MetricBook } from "../metrics/metric_book.ts";
import { openAlerts } from "./open_alerts.ts";
import { ConfigApplier } from "./config_applier.ts";
import { KnownSecrets } from "./in_force/known_secrets.ts";
import { type OpenedKeys, openKeyDesk, openKeys } from "./open_keys.ts";
import { openBooks } from "./open_books.ts";
import { type OpenAudit, openAudit } from "./open_audit.ts";
import { openRecorder } from "./open_recorder.ts";
import { openState } from "./open_state.ts";
import { SimulatedHost } from "./simulated_host.ts";

/** What a gateway is put together from. */
export interface OpenGatewayOptions {
  readonly config: Config;
  readonly dataDir: DataDir;
  readonly env: (name: string) => string | undefined;
  /** The same for secrets, with the `.env` beside the config behind it. */
  readonly secretEnv: (name: string) => string | undefined;
  readonly runtime: Runtime;
  /** Where log lines go, and whether a person reads them there. */
  readonly logs: { readonly target: ByteTarget; readonly isTerminal: boolean };
}

/** A gateway with all it works with, and no listener yet. */
export interface OpenedGateway {
  readonly gateway: Gateway;
  readonly health: HealthBoard;
  readonly quota: QuotaBook;
  readonly notes: EndpointNotes;
  readonly ledger: Ledger;
  readonly admissions: Admissions;
  readonly recorder: Recorder | undefined;
  readonly log: Log;
  readonly observer: MetricBook;
  readonly notices: Notices;
  readonly respondError: ErrorResponder;
  readonly tenantDesk: TenantDesk;
  /** Upstream keys of the store. */
  readonly keys: OpenedKeys;
  readonly keyDesk: KeyDesk;
  readonly jobs: Jobs;
  readonly redactor: Redactor;
  readonly audit: OpenAudit;
  readonly lag: LoopLag;
  readonly state: WriteBehind;
  /** The kind of store in use. */
  readonly storeKind: string;
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
  const observer = new MetricBook(CATALOGUE);
  const lag = opened.use(new LoopLag(runtime, observer));
  const secrets = new KnownSecrets();
  const learnt: { keyUses?: KeyUses } = {};
  const redactor = redactors(
    indexRedactor(() => secrets.index),
    makeRedactor(() => learnt.keyUses?.learnt ?? NO_KEYS),
  );
  const log = makeLog(() => runtime.now(), openLogSink(options, { observer, redactor }, opened));
  const notices = new Notices();
  const parts = { runtime, log, observer, notices, dataDir: dataDir.path, redactor };
  const state = opened.use(await openState(config.state.store, parts));
  const books = openBooks(parts, state.writer, opened);
  const { health, affinity, quota, admissions, tenants, keyUses, notes, ledger } = books;
  learnt.keyUses = keyUses;
  const keys = await openKeys({ ...parts, state: state.writer, env: options.secretEnv });
  const recorder = await openRecorder(config.records, parts).catch(unusable(dataDir.path, "records"));
  if (recorder !== undefined) opened.defer(() => recorder.close());
  showStorage(observer, { recorder, state });
  const caller = opened.use(new UpstreamCaller(proxiesFrom(env), runtime));
  const lists = opened.use(
    new ModelLists({
      ...{ runtime, caller, providerOf, log, observer, state: state.writer },
      isWell: (candidate) => health.exclusion(candidate, undefined, runtime.monotonic()) === undefined,
      changed: () => applier.refreshUnasked(),
    }),
  );
  const kept = [health, affinity, quota, admissions.desk, tenants, keyUses, notes, ledger, lists];
  await Promise.all(kept.map((each) => each.restore()));
  const alerts = opened.use(openAlerts({ ...parts, caller }));
  const audit = opened.use(openAudit(parts));
  const simulated = opened.use(new SimulatedHost(runtime));
  const respondError = errorResponder({ errorAnswer: errorAnswerFor, log, observer });
  const identity = new EndpointIdentity(dataDir.instanceKey);
  const gateway = new Gateway({
    ...{ ...books, runtime, log, observer, notices, caller, recorder, respondError },
    pins: new PinTable(state.writer),
    identity,
    ownTenantKey: dataDir.tenantKey,
    machineMemoryBytes: machineMemoryBytes(),
    runTimeTenants: () => tenants.configs(),
    callableUrl: (url) => simulated.callableUrl(url),
    discovered: (pool) => lists.of(pool),
    clientAddressReader,
    addressWatch: clientAddressWatch(log.channel("server")),
  });
  opened.defer(() => gateway.settleAccounts());
  const prober = opened.use(new Prober({ runtime, caller, health, providerOf, log, observer }));
  const applier = opened.use(
    new ConfigApplier({
      ...{ gateway, prober, lists, tenants, alerts, simulated, keys, secrets, log },
      ownSecrets: [dataDir.adminToken.reveal()],
    }, config),
  );
  await applier.apply(config);
  const tenantDesk = new TenantDesk({ gateway, tenants, keyUses, identity, runtime });
  const tools = { runtime, caller, providerOf };
  const keyDesk = openKeyDesk({ ...keys, runtime, identity, health, tools }, { gateway, applier });
  const told = { observer, notices, log, redactor, audit, respondError, recorder };
  return {
    ...{ ...books, ...told, gateway, lag, tenantDesk, storeKind: state.kind, state: state.writer },
    ...{ keys, keyDesk, jobs: opened.use(new Jobs(runtime, log)) },
    apply: (next) => applier.apply(next),
  };
}

const NO_KEYS: readonly string[] = [];

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
