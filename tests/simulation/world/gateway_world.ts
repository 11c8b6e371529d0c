import { AffinityTable } from "../../../src/balancing/affinity.ts";
import { HealthBoard } from "../../../src/balancing/health.ts";
import { QuotaBook } from "../../../src/balancing/quota/quota_book.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { silentLog } from "../../../src/core/log.ts";
import { Notices } from "../../../src/core/notices.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { Secret } from "../../../src/core/secret.ts";
import { PinTable } from "../../../src/gateway/account/pins.ts";
import { errorAnswerFor } from "../../../src/gateway/facts/front.ts";
import { Gateway } from "../../../src/gateway/gateway.ts";
import { Admissions } from "../../../src/limits/admissions.ts";
import { EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";
import { Ledger } from "../../../src/limits/ledger/ledger.ts";
import { clientAddressReader } from "../../../src/server/client_address.ts";
import { errorResponder } from "../../../src/server/error_response.ts";
import { memory } from "../../../src/stores/memory.ts";
import { KeyUses } from "../../../src/tenants/key_uses.ts";
import { WriteBehind } from "../../../src/stores/write_behind.ts";
import type { Network } from "../vendors/network.ts";
import type { SimulatedRequest } from "../vendors/simulated_request.ts";
import { Invariants } from "./invariants.ts";
import { type ClientView, SimulatedExchange } from "./simulated_exchange.ts";
import type { VirtualTime } from "./virtual_time.ts";

const TENANT_KEY = "sk-tg-simulated";

/** What a world's gateway is made from. */
export interface GatewayWorldParts {
  readonly time: VirtualTime;
  readonly network: Network;
  /** The config as a file would have it, without records. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** The whole gateway without sockets, files and a clock of its own: real code from the exchange to the call. */
export class GatewayWorld {
  readonly time: VirtualTime;
  readonly gateway: Gateway;
  readonly health: HealthBoard;
  readonly quota: QuotaBook;
  readonly ledger: Ledger;
  readonly invariants: Invariants;
  readonly #network: Network;

  private constructor(
    parts: GatewayWorldParts,
    { gateway, health, quota, ledger }: Pick<GatewayWorld, "gateway" | "health" | "quota" | "ledger">,
  ) {
    this.time = parts.time;
    this.#network = parts.network;
    this.gateway = gateway;
    this.health = health;
    this.quota = quota;
    this.ledger = ledger;
    this.invariants = new Invariants(gateway, health, parts.time);
    parts.network.called = (call) => this.invariants.called(call);
    parts.network.answered = (call) => this.invariants.answered(call);
  }

  /** Opens one with the config in force. */
  static async open(parts: GatewayWorldParts): Promise<GatewayWorld> {
    const { runtime } = parts.time;
    const log = silentLog;
    const observer = memoryObserver();
    const store = await memory.open({ dataDir: "", runtime, report: () => {} });
    const state = new WriteBehind({ store, runtime, log, observer });
    const health = new HealthBoard({ runtime, log, observer, state });
    const quota = new QuotaBook({ runtime, log, state });
    const ledger = new Ledger({ runtime, log, state });
    const gateway = new Gateway({
      ...{ runtime, log, observer, health, quota, ledger },
      notices: new Notices(),
      affinity: new AffinityTable({ runtime, log, state }),
      admissions: new Admissions({ runtime, log, state }),
      caller: parts.network,
      recorder: undefined,
      respondError: errorResponder({ errorAnswer: errorAnswerFor, log, observer }),
      pins: new PinTable(state),
      runTimeTenants: () => [],
      keyUses: new KeyUses({ log, state }),
      identity: new EndpointIdentity(new Uint8Array(32)),
      ownTenantKey: new Secret(TENANT_KEY),
      callableUrl: (url) => url,
      clientAddressReader,
      addressWatch: () => {},
    });
    const text = JSON.stringify({ records: { enabled: false }, ...parts.config });
    const { config } = loadConfig({
      text,
      file: "simulated.jsonc",
      env: () => undefined,
      readSecretFile: () => {
        throw new Deno.errors.NotFound();
      },
    });
    gateway.apply(config);
    return new GatewayWorld(parts, { gateway, health, quota, ledger });
  }

  /** Sends a request; resolves when the gateway is done with it. Time must be running. */
  async ask(request: SimulatedRequest): Promise<ClientView> {
    const exchange = new SimulatedExchange(request, request.tenantKey ?? TENANT_KEY);
    this.#network.know(request);
    this.invariants.began(request, exchange);
    await this.gateway.handle(exchange);
    this.#network.forget(request);
    this.invariants.ended(request);
    return exchange.view(this.time.nowMs);
  }
}
