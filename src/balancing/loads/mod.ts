/**
 * All load metrics: one export line registers one.
 * @module
 */

export { inFlight } from "./in_flight.ts";
export { peakEwma } from "./peak_ewma.ts";
