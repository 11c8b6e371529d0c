import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import { registryOf } from "../../core/registry.ts";
import type { Runtime } from "../../core/runtime.ts";
import * as storeModule from "../../stores/mod.ts";
import type { Store, StoreKind } from "../../stores/store.ts";
import { WriteBehind } from "../../stores/write_behind.ts";

const stores = registryOf<StoreKind>(storeModule);

/** State that outlives requests, and perhaps the process. */
export interface State extends AsyncDisposable {
  readonly writer: WriteBehind;
  /** The kind in use: `memory` when the wanted one could not be used. */
  readonly kind: string;
}

/**
 * Opens the wanted store; where it cannot be used (a network file system, a read-only disk) the gateway serves
 * from memory and says what that costs. Closing writes out what waits.
 */
export async function openState(
  wanted: string,
  parts: { dataDir: string; runtime: Runtime; log: Log; observer: Observer },
): Promise<State> {
  const log = parts.log.channel("state");
  const report = (text: string) => log.warn(text);
  let kind = wanted;
  let store: Store;
  try {
    store = await stores.get(wanted).open({ ...parts, report });
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown error";
    log.warn(
      `State is kept in memory only and lost at the next restart, because '${wanted}' cannot be used`,
      {
        reason,
      },
    );
    kind = "memory";
    store = await stores.get(kind).open({ ...parts, report });
  }
  const writer = new WriteBehind({ store, runtime: parts.runtime, log, observer: parts.observer });
  return {
    writer,
    kind,
    async [Symbol.asyncDispose]() {
      await writer.close();
      await store[Symbol.asyncDispose]();
    },
  };
}
