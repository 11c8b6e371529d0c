import type { Labels } from "../../core/observe.ts";
import type { Distribution, Family } from "./metric_book.ts";
import type { Metric } from "./metric.ts";

/** Content type of {@link prometheusText}: version 0.0.4 of the text format, which every Prometheus reads. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Metrics in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), piece by piece, one
 * for each metric. A label without a value is left out: to Prometheus both are the same.
 */
export function* prometheusText(families: Iterable<Family>): Generator<string> {
  for (const family of families) {
    const { metric } = family;
    let text = `# HELP ${metric.shown} ${escapedHelp(metric.help)}\n# TYPE ${metric.shown} ${metric.kind}\n`;
    if ("readings" in family) {
      for (const { labels, value } of family.readings) text += line(metric.shown, labelText(labels), value);
    } else {
      for (const { labels, data } of family.distributions) text += distributionText(metric, labels, data);
    }
    yield text;
  }
}

function distributionText(
  { shown, buckets = [] }: Metric,
  labels: Labels,
  { counts, sum }: Distribution,
): string {
  const own = labelText(labels);
  const before = own === "" ? "" : `${own},`;
  let text = "";
  let total = 0;
  for (const [at, count] of counts.entries()) {
    total += count;
    text += line(`${shown}_bucket`, `${before}le="${buckets[at] ?? "+Inf"}"`, total);
  }
  return text + line(`${shown}_sum`, own, sum) + line(`${shown}_count`, own, total);
}

function line(name: string, labels: string, value: number): string {
  return labels === "" ? `${name} ${valueText(value)}\n` : `${name}{${labels}} ${valueText(value)}\n`;
}

function valueText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

function labelText(labels: Labels | undefined): string {
  if (labels === undefined) return "";
  let text = "";
  for (const [name, value] of Object.entries(labels)) {
    if (value === "") continue;
    text += `${text === "" ? "" : ","}${name}="${escapedValue(value)}"`;
  }
  return text;
}

function escapedValue(value: string): string {
  return value.replace(/[\\"\n]/g, (sign) => sign === "\n" ? "\\n" : `\\${sign}`);
}

function escapedHelp(help: string): string {
  return help.replace(/[\\\n]/g, (sign) => sign === "\n" ? "\\n" : `\\${sign}`);
}
