import type { Config } from "../../config/config.ts";
import type { Log } from "../../core/log.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { secretLists } from "../../gateway/building/secret_lists.ts";
import { discoveringPools } from "../../gateway/routing/discovering_pools.ts";
import { probedPools } from "../../gateway/routing/probed_pools.ts";
import type { Alerts } from "../../operations/alerts/alerts.ts";
import { mergedConfig } from "../../operations/keys/merged_config.ts";
import type { RunTimeTenants } from "../../operations/tenants/run_time_tenants.ts";
import type { ModelLists } from "../../upstream/discovery/model_lists.ts";
import type { Prober } from "../../upstream/probes/prober.ts";
import { problemsOf } from "../config_in_force.ts";
import { GenerationTurns } from "./in_force/generation_turns.ts";
import type { KnownSecrets } from "./in_force/known_secrets.ts";
import type { OpenedKeys } from "./open_keys.ts";
import type { SimulatedHost } from "./simulated_host.ts";

/** All that follows the configuration. */
export interface ConfigFollowers {
  readonly gateway: Gateway;
  readonly prober: Prober;
  readonly lists: ModelLists;
  readonly tenants: RunTimeTenants;
  readonly alerts: Alerts;
  readonly simulated: SimulatedHost;
  /** Upstream keys of the store, which join those of every configuration. */
  readonly keys: OpenedKeys;
  /** Secrets of this process that no configuration holds. */
  readonly ownSecrets: readonly string[];
  /** Told what must not be shown from now on. */
  readonly secrets: KnownSecrets;
  readonly log: Log;
}

/**
 * Puts configurations in force, everywhere that follows them, one after the other. Disposed before its followers: a
 * turn would begin on what is closed already.
 */
export class ConfigApplier implements AsyncDisposable {
  readonly #followers: ConfigFollowers;
  readonly #turns: GenerationTurns;
  /** Secrets of the generation in force. */
  #inForce: readonly (readonly string[])[] = [];

  /** `first`: the configuration to begin with, not yet in force. */
  constructor(followers: ConfigFollowers, first: Config) {
    this.#followers = followers;
    const log = followers.log.channel("config");
    this.#turns = new GenerationTurns(first, {
      turn: (config) => this.#turn(config),
      failed: (error) =>
        log.error("The configuration could not be made anew; the one before stays in force", {
          problems: problemsOf(error),
        }),
    });
  }

  /** The configuration in force as its file has it. */
  get config(): Config {
    return this.#turns.config;
  }

  /** Puts `next` in force; rejects, changing nothing that serves, where it cannot be built. */
  apply(next: Config): Promise<void> {
    const { tenants, alerts } = this.#followers;
    return this.#turns.apply(next, () => {
      tenants.warnOfClashes(next.tenants);
      alerts.configured(next);
    });
  }

  /** The same configuration, made anew with the keys of the store and the discovered models as they are now. */
  refresh(): Promise<void> {
    return this.#turns.refresh();
  }

  /** {@link refresh} for whom nobody waits: what fails is a line in the log. */
  refreshUnasked(): void {
    this.#turns.refreshUnasked();
  }

  /** Takes no more; resolves when what is under way is over. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#turns.close();
  }

  async #turn(next: Config): Promise<void> {
    const { gateway, prober, lists, simulated, keys, ownSecrets, secrets } = this.#followers;
    await simulated.prepare(next);
    const merged = mergedConfig(next, keys.book);
    const webhooks = next.alerts.webhooks.map((webhook) => webhook.url.reveal());
    const readers = (next.metrics.tokens ?? []).map((token) => token.reveal());
    const own = [...webhooks, ...readers, ...ownSecrets, ...keys.master.secrets()];
    const slice = keys.slice();
    // Those in force stay wanted: requests use them, and the generation to come names them as those before its own.
    await secrets.know([own, ...secretLists(merged), ...this.#inForce], slice);
    await gateway.applyInSlices(merged, slice);
    prober.configure(probedPools(gateway.generation));
    lists.configure(discoveringPools(gateway.generation));
    await secrets.know([own, ...gateway.generation.secrets], slice);
    this.#inForce = gateway.generation.ownSecrets;
  }
}
