import type { Labels, Observer, ReadGauge, Reading } from "../../core/observe.ts";
import { counter, histogram, type Metric } from "./metric.ts";
import { SeriesTable } from "./series_table.ts";

/** Most series of one counter, before its many-valued labels become `other`. */
const MAX_COUNTER_SERIES = 2_000;

/** … and of one histogram, each of which shows as many lines as it has buckets. */
const MAX_HISTOGRAM_SERIES = 500;

/** Most metrics that nobody described beforehand; what comes beyond is not kept. */
const MAX_UNDESCRIBED = 100;

/** What is said of a metric that the catalogue does not know. */
const UNDESCRIBED = "Measured by the gateway and not described yet.";

/** Buckets of a histogram that the catalogue does not know. */
const ANY_BUCKETS = [0.001, 0.01, 0.1, 1, 10, 100, 1_000, 10_000];

interface Sum {
  sum: number;
}

/** Values of one histogram's series, by size. */
export interface Distribution {
  /** How many fell into each bucket alone; the last one has no upper bound. */
  readonly counts: Float64Array;
  sum: number;
}

/** One metric with all it stands at, ready to be written down. */
export type Family =
  | { readonly metric: Metric; readonly readings: readonly Reading[] }
  | {
    readonly metric: Metric;
    readonly distributions: readonly { readonly labels: Labels; readonly data: Distribution }[];
  };

/**
 * Keeps measurements in memory, bounded in every direction. Counting is what requests pay for: a few looks into
 * maps and one addition. Everything else waits until somebody reads.
 */
export class MetricBook implements Observer {
  readonly #known: ReadonlyMap<string, Metric>;
  readonly #counters = new Map<string, { readonly metric: Metric; readonly series: SeriesTable<Sum> }>();
  readonly #histograms = new Map<
    string,
    {
      readonly metric: Metric;
      readonly bounds: readonly number[];
      readonly series: SeriesTable<Distribution>;
    }
  >();
  readonly #gauges = new Map<string, ReadGauge>();
  #undescribed = 0;

  /** `catalogue`: all metrics that are described; they are shown also while nothing was measured. */
  constructor(catalogue: readonly Metric[]) {
    this.#known = new Map(catalogue.map((metric) => [metric.name, metric]));
    for (const metric of catalogue) {
      if (metric.kind === "counter") this.#addCounter(metric);
      if (metric.kind === "histogram") this.#addHistogram(metric);
    }
  }

  /** See {@link Observer.count}. A negative or odd number is left out: a counter never falls. */
  count(name: string, labels?: Labels, by = 1): void {
    const known = this.#counters.get(name) ?? this.#newCounter(name, labels);
    if (known !== undefined && by >= 0 && by < Infinity) known.series.at(labels).sum += by;
  }

  /** See {@link Observer.observe}. What is no finite number is left out. */
  observe(name: string, value: number, labels?: Labels): void {
    const known = this.#histograms.get(name) ?? this.#newHistogram(name, labels);
    if (known === undefined || !Number.isFinite(value)) return;
    const { bounds } = known;
    const data = known.series.at(labels);
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    // The index is always inside: one count more than bounds.
    data.counts[bucket] = (data.counts[bucket] ?? 0) + 1;
    data.sum += value;
  }

  /** See {@link Observer.gauge}. Throws `RangeError` for a name that the catalogue does not know. */
  gauge(name: string, read: ReadGauge): void {
    if (!this.#known.has(name)) throw new RangeError(`Cannot show the gauge '${name}': nobody described it`);
    this.#gauges.set(name, read);
  }

  /** See {@link Observer.read}. */
  read(name: string, labels: Labels = {}): number {
    const known = this.#counters.get(name);
    if (known === undefined) return 0;
    let sum = 0;
    for (const { values, data } of known.series.all) {
      const own = labelled(known.metric, values);
      if (Object.keys(labels).every((label) => own[label] === labels[label])) sum += data.sum;
    }
    return sum;
  }

  /** All metrics as they stand, those of the catalogue in its order, others after them. */
  *families(): Generator<Family> {
    for (const metric of this.#known.values()) yield this.#familyOf(metric);
    for (const { metric } of [...this.#counters.values(), ...this.#histograms.values()]) {
      if (!this.#known.has(metric.name)) yield this.#familyOf(metric);
    }
  }

  #familyOf(metric: Metric): Family {
    const read = this.#gauges.get(metric.name);
    if (read !== undefined) return { metric, readings: readingsOf(read) };
    const counted = this.#counters.get(metric.name)?.series.all;
    if (counted !== undefined) {
      const readings = counted.map(({ values, data }) => ({
        labels: labelled(metric, values),
        value: data.sum,
      }));
      return { metric, readings };
    }
    const distributions = this.#histograms.get(metric.name)?.series.all.map(({ values, data }) => {
      return { labels: labelled(metric, values), data };
    });
    return distributions === undefined ? { metric, readings: [] } : { metric, distributions };
  }

  #addCounter(metric: Metric) {
    const series = new SeriesTable<Sum>(metric.labels, MAX_COUNTER_SERIES, () => ({ sum: 0 }));
    // Without labels there is one series, and 0 says more than silence.
    if (metric.labels.length === 0) series.at(undefined);
    const added = { metric, series };
    this.#counters.set(metric.name, added);
    return added;
  }

  #addHistogram(metric: Metric) {
    const bounds = metric.buckets ?? ANY_BUCKETS;
    const series = new SeriesTable<Distribution>(metric.labels, MAX_HISTOGRAM_SERIES, () => {
      return { counts: new Float64Array(bounds.length + 1), sum: 0 };
    });
    const added = { metric, bounds, series };
    this.#histograms.set(metric.name, added);
    return added;
  }

  #newCounter(name: string, labels: Labels = {}) {
    return this.#mayDescribe(name)
      ? this.#addCounter(counter(name, Object.keys(labels), UNDESCRIBED))
      : undefined;
  }

  #newHistogram(name: string, labels: Labels = {}) {
    if (!this.#mayDescribe(name)) return undefined;
    const metric = histogram(name, Object.keys(labels), UNDESCRIBED, { buckets: ANY_BUCKETS });
    return this.#addHistogram(metric);
  }

  #mayDescribe(name: string): boolean {
    if (this.#known.has(name) || this.#undescribed >= MAX_UNDESCRIBED) return false;
    this.#undescribed++;
    return true;
  }
}

function labelled({ labels }: Metric, values: readonly string[]): Labels {
  return Object.fromEntries(labels.map((label, at) => [label, values[at] ?? ""]));
}

/** A gauge that cannot be read is not shown: the others must be. */
function readingsOf(read: ReadGauge): readonly Reading[] {
  try {
    const told = read();
    return typeof told === "number" ? [{ value: told }] : [...told];
  } catch {
    return [];
  }
}
