import { REQUEST_METRICS } from "./catalogue/request_metrics.ts";
import { UPKEEP_METRICS } from "./catalogue/upkeep_metrics.ts";
import type { Metric } from "./metric.ts";

/** Every metric that the gateway shows, in the order of the page; `docs/metrics.md` is held to it by a test. */
export const CATALOGUE: readonly Metric[] = [...REQUEST_METRICS, ...UPKEEP_METRICS];
