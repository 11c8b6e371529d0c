/**
 * All strategies: one export line registers one.
 * @module
 */

export { weightedRoundRobin } from "./weighted_round_robin.ts";
export { roundRobin } from "./round_robin.ts";
export { random } from "./random.ts";
export { leastLoad } from "./least_load.ts";
export { powerOfTwo } from "./power_of_two.ts";
export { consistentHash } from "./consistent_hash.ts";
export { priority } from "./priority.ts";
export { headroom } from "./headroom.ts";
