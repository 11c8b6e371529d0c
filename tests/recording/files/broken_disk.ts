import { type Disk, systemDisk } from "../../../src/recording/files/disk.ts";

/** What goes wrong: write call number `call` (from 1) takes `takes` bytes; every later call fails until `heal`. */
export interface Fault {
  readonly call: number;
  readonly takes: number;
  /** Whether cutting the file back fails too. */
  readonly truncateFails?: boolean;
}

/** The machine's disk with a fault, as a full one shows it: a short write first, the error only at the next call. */
export function brokenDisk(fault: Fault): Disk & { heal(): void } {
  let calls = 0;
  let healed = false;
  return {
    heal: () => void (healed = true),
    look: (path) => systemDisk.look(path),
    async openAppend(path) {
      const file = await systemDisk.openAppend(path);
      return {
        ...file,
        write(bytes) {
          if (healed || ++calls < fault.call) return file.write(bytes);
          if (calls === fault.call && fault.takes > 0) return file.write(bytes.subarray(0, fault.takes));
          return Promise.reject(new Error("No space left on device (os error 28)"));
        },
        truncate(sizeBytes) {
          if (fault.truncateFails && !healed) return Promise.reject(new Error("Input/output error"));
          return file.truncate(sizeBytes);
        },
      };
    },
  };
}
