/** How a metric behaves: a counter only grows, a gauge goes up and down, a histogram counts values by size. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** What is known of a metric before anything was measured. */
export interface Metric {
  /** By this name the program measures it. */
  readonly name: string;
  /** By this name it is shown: a counter's ends with `_total`, units are seconds, bytes and tokens. */
  readonly shown: string;
  readonly kind: MetricKind;
  /** One sentence for whoever reads the page; ends with a full stop. */
  readonly help: string;
  /** Names of its labels, in the order in which they are shown; others that come with a measurement are left out. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, rising, without infinity. */
  readonly buckets?: readonly number[];
  /** Of the generative AI semantic conventions of OpenTelemetry. */
  readonly convention?: string;
}

/** Prefix of every name that no convention gives. */
const OWN_PREFIX = "tidegate_";

/** A counter of our own. */
export function counter(name: string, labels: readonly string[], help: string): Metric {
  return { name, shown: `${OWN_PREFIX}${name}_total`, kind: "counter", help, labels };
}

/** A gauge of our own. */
export function gauge(name: string, labels: readonly string[], help: string): Metric {
  return { name, shown: `${OWN_PREFIX}${name}`, kind: "gauge", help, labels };
}

/** A histogram of our own, or by a name that others know. */
export function histogram(
  name: string,
  labels: readonly string[],
  help: string,
  { buckets, convention }: { buckets: readonly number[]; convention?: string },
): Metric {
  const shown = convention === undefined ? `${OWN_PREFIX}${name}` : prometheusName(convention, name);
  return {
    ...{ name, shown, kind: "histogram", help, labels, buckets },
    ...(convention === undefined ? {} : { convention }),
  };
}

/**
 * A convention's name in Prometheus' spelling: dots become underscores, and the unit, which is the last word of our
 * own name where it has one, stands at the end (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/).
 */
function prometheusName(convention: string, name: string): string {
  return convention.replaceAll(".", "_") + (name.endsWith("_seconds") ? "_seconds" : "");
}
