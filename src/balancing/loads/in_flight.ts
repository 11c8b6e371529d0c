import type { LoadMetric } from "./load.ts";

/** Requests under way. A streamed answer counts to its last byte: its tokens are what keeps an upstream busy. */
export const inFlight: LoadMetric = {
  type: "in_flight",
  summary: "Requests under way, each to its last byte",
  read: (load) => load.inFlight,
};
