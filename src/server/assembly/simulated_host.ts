import type { Config } from "../../config/config.ts";
import type { Runtime } from "../../core/runtime.ts";
import { type SimulatedVendors, startSimulatedVendors } from "../../providers/simulated/server.ts";

/** Starts the simulated vendors when a config first names one, and gives their declared URLs an address. */
export class SimulatedHost implements AsyncDisposable {
  readonly #runtime: Runtime;
  #vendors: SimulatedVendors | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** To be awaited before {@link callableUrl} is asked for the config's upstreams. */
  async prepare(config: Config): Promise<void> {
    const wanted = config.pools.some((pool) =>
      pool.enabled && pool.upstreams.some(({ provider }) => provider === "simulated")
    );
    if (wanted) this.#vendors ??= await startSimulatedVendors({ runtime: this.#runtime });
  }

  /** The URL to call for a declared one; a real URL is its own. */
  callableUrl(declaredUrl: string): string {
    return declaredUrl.startsWith("simulated:")
      ? this.#vendors?.urlOf(declaredUrl) ?? declaredUrl
      : declaredUrl;
  }

  /** Stops the vendors. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vendors?.close();
  }
}
