import { getHeapStatistics } from "node:v8";

/** Most that requests hold without a word in the config. */
const MOST_BYTES = 2 * 1024 ** 3;

/** Least: two of the largest bodies. */
const LEAST_BYTES = 128 * 1024 ** 2;

/**
 * What requests may hold together on this machine, in bytes: half of V8's heap limit, which the platform sets by the
 * memory it finds (a quarter of it, up to 4 GB) and which can be asked without a permission. The buffers themselves
 * lie outside that heap, so both together stay under half of the machine.
 */
export function machineMemoryBytes(): number {
  return Math.max(LEAST_BYTES, Math.min(MOST_BYTES, getHeapStatistics().heap_size_limit / 2));
}
