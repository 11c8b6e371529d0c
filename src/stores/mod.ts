/**
 * All stores: one export line registers one.
 * @module
 */

export { denoKv } from "./deno_kv.ts";
export { memory } from "./memory.ts";
