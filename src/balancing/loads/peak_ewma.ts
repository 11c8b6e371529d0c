import type { LoadMetric } from "./load.ts";

/**
 * Milliseconds that an endpoint counts with whose first answer is still awaited (Finagle's penalty): one request
 * finds out how fast it is before a crowd follows.
 */
const UNKNOWN_MS = 1e6;

/**
 * Finagle's Peak EWMA load: average time to the first content × (requests under way + 1). Never the total time,
 * which measures how long answers are.
 */
export const peakEwma: LoadMetric = {
  type: "peak_ewma",
  summary: "Recent time to the first content, times the requests under way",
  read(load, nowMs) {
    if (load.isUnknown) return load.inFlight === 0 ? 0 : UNKNOWN_MS + load.inFlight;
    return load.latencyMs(nowMs) * (load.inFlight + 1);
  },
};
