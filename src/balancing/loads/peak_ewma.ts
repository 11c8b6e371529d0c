import type { LoadMetric } from "./load.ts";

/**
 * Milliseconds that an endpoint counts with whose first answer is still awaited. Idle it counts as nothing, so
 * that it is tried; Finagle's huge penalty for the first request under way would keep all others away from a
 * pool whose answers are never streamed and so never measured.
 */
const UNKNOWN_MS = 1_000;

/**
 * Finagle's Peak EWMA load: average time to the first content of streams × (requests under way + 1). Never the
 * total time, which measures how long answers are.
 */
export const peakEwma: LoadMetric = {
  type: "peak_ewma",
  summary: "Recent time to the first content of streams, times the requests under way",
  read(load, nowMs) {
    if (load.isUnknown) return UNKNOWN_MS * load.inFlight;
    return load.latencyMs(nowMs) * (load.inFlight + 1);
  },
};
