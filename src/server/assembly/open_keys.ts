import type { Config } from "../../config/config.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Log } from "../../core/log.ts";
import type { Runtime } from "../../core/runtime.ts";
import { giveWay } from "../../core/time/system_runtime.ts";
import { KeyDesk, type KeyDeskParts } from "../../operations/keys/key_desk.ts";
import { KeyBook } from "../../operations/keys/key_book.ts";
import {
  MasterKeyError,
  type MasterKeys,
  openMasterKeys,
} from "../../operations/keys/master/master_key_file.ts";
import { Slice } from "../../recording/slice.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import { DataDirError } from "../data_dir.ts";

/** The upstream keys of the store, and what seals them. */
export interface OpenedKeys {
  readonly book: KeyBook;
  readonly master: MasterKeys;
  readonly slice: () => Slice;
}

/** Finds the master key and brings back the keys of the store. Rejects with `DataDirError` where there can be no master key; a wrong one only leaves keys unreadable. */
export async function openKeys(
  parts: {
    readonly runtime: Runtime;
    readonly log: Log;
    readonly state: WriteBehind;
    readonly dataDir: string;
    readonly env: (name: string) => string | undefined;
  },
): Promise<OpenedKeys> {
  const slice = () => new Slice(parts.runtime, giveWay);
  let master: MasterKeys;
  try {
    master = await openMasterKeys(parts);
  } catch (error) {
    if (error instanceof MasterKeyError) throw new DataDirError(error.message);
    throw error;
  }
  if (master.isCutShort) {
    parts.log.channel("state").warn(
      `'${master.path}.next' was cut short and is not used: a change of the master key broke off before anything was sealed anew`,
    );
  }
  const book = new KeyBook({ ...parts, master, slice });
  await book.restore();
  return { book, master, slice };
}

/** Where keys are changed while the gateway runs. */
export function openKeyDesk(
  parts: Omit<KeyDeskParts, "config" | "generation" | "refresh">,
  { gateway, applier }: {
    readonly gateway: Pick<Gateway, "generation">;
    readonly applier: { readonly config: Config; refresh(): Promise<void> };
  },
): KeyDesk {
  return new KeyDesk({
    ...parts,
    config: () => applier.config,
    generation: () => gateway.generation,
    refresh: () => applier.refresh(),
  });
}
