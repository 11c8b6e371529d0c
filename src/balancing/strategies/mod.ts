/**
 * All strategies: one export line registers one.
 * @module
 */

export { weightedRoundRobin } from "./weighted_round_robin.ts";
export { random } from "./random.ts";
