import * as z from "zod";
import { registryOf } from "../../core/registry.ts";
import type { LoadMetric } from "../loads/load.ts";
import * as loadModule from "../loads/mod.ts";
import type { Contender } from "../strategies/strategy.ts";

const METRICS = registryOf<LoadMetric>(loadModule);

/** The option `load` of strategies that go by load. */
export const loadOption = z.enum(METRICS.types, {
  error: (issue) =>
    issue.input === undefined
      ? "is required"
      : `must be one of ${METRICS.types.map((type) => `"${type}"`).join(", ")}`,
}).default("in_flight").describe(
  `What counts as load. ${METRICS.all.map(({ type, summary }) => `${type}: ${summary}.`).join(" ")}`,
);

const loadOptions = z.object({ load: loadOption });

/** The metric that options choose; throws `ZodError` when they name none. */
export function metricOf(options: unknown): LoadMetric {
  return METRICS.get(loadOptions.parse(options).load);
}

/** Those with the least load, in their order: one or more of a list that is not empty. `share` is what a load is divided by (1). */
export function leastLoaded(
  contenders: readonly Contender[],
  metric: LoadMetric,
  nowMs: number,
  share: (contender: Contender) => number = () => 1,
): Contender[] {
  let least: Contender[] = [];
  let leastLoad = Infinity;
  for (const contender of contenders) {
    const load = metric.read(contender.candidate.endpoint.load, nowMs) / share(contender);
    if (load > leastLoad) continue;
    if (load < leastLoad) least = [];
    leastLoad = load;
    least.push(contender);
  }
  return least;
}
