import type { Config } from "../../config/config.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { discoveringPools } from "../../gateway/routing/discovering_pools.ts";
import { probedPools } from "../../gateway/routing/probed_pools.ts";
import type { Alerts } from "../../operations/alerts/alerts.ts";
import type { RunTimeTenants } from "../../operations/tenants/run_time_tenants.ts";
import type { ModelLists } from "../../upstream/discovery/model_lists.ts";
import type { Prober } from "../../upstream/probes/prober.ts";
import type { SimulatedHost } from "./simulated_host.ts";

/** All that follows the configuration. */
export interface ConfigFollowers {
  readonly gateway: Gateway;
  readonly prober: Prober;
  readonly lists: ModelLists;
  readonly tenants: RunTimeTenants;
  readonly alerts: Alerts;
  readonly simulated: SimulatedHost;
  /** Secrets of this process that no configuration holds. */
  readonly ownSecrets: readonly string[];
  /** Told what must not be shown from now on. */
  readonly secretsAre: (secrets: readonly string[]) => void;
}

/** Puts configurations in force, everywhere that follows them. */
export class ConfigApplier {
  readonly #followers: ConfigFollowers;
  #inForce: readonly string[] = [];

  constructor(followers: ConfigFollowers) {
    this.#followers = followers;
  }

  /** Puts `next` in force; rejects, changing nothing that serves, where it cannot be built. */
  async apply(next: Config): Promise<void> {
    const { gateway, tenants, alerts, simulated, ownSecrets, secretsAre } = this.#followers;
    await simulated.prepare(next);
    const before = this.#inForce;
    this.putInForce(next);
    tenants.warnOfClashes(next.tenants);
    alerts.configured(next);
    const webhooks = next.alerts.webhooks.map((webhook) => webhook.url.reveal());
    const readers = (next.metrics.tokens ?? []).map((token) => token.reveal());
    this.#inForce = [...gateway.generation.secrets, ...webhooks, ...readers, ...ownSecrets];
    // Requests in flight still use the keys of the generation before, and an upstream may quote one in its answer.
    secretsAre([...before, ...this.#inForce]);
  }

  /** The part of it that must be done again when what was discovered changes. */
  putInForce(next: Config): void {
    const { gateway, prober, lists } = this.#followers;
    gateway.apply(next);
    prober.configure(probedPools(gateway.generation));
    lists.configure(discoveringPools(gateway.generation));
  }
}
