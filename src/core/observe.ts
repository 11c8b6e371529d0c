/** Labels of a measurement: closed words and names of the config only, so that the number of series stays bounded. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a gauge. */
export interface Reading {
  readonly labels?: Labels;
  readonly value: number;
}

/** What a gauge shows: one value, or one for each set of labels. */
export type ReadGauge = () => number | Iterable<Reading>;

/** Where measurements go; handed in so that no room knows how they are kept or shown. */
export interface Observer {
  /** Adds `by` (default 1, 0 or more) to the counter `name`. */
  count(name: string, labels?: Labels, by?: number): void;
  /** Adds one value to the histogram `name`, in the unit that its name ends with. */
  observe(name: string, value: number, labels?: Labels): void;
  /** `read` tells what the gauge `name` stands at, whenever somebody looks; a later call takes the place of an earlier one. */
  gauge(name: string, read: ReadGauge): void;
  /** Sum of the counter's series that carry all of these labels; 0 when it was never counted. */
  read(name: string, labels?: Labels): number;
}

/** Most series one observer keeps; later new ones are added up under `other`, so that a label cannot grow memory. */
const MAX_SERIES = 2000;

/** An {@link Observer} for tests: keeps plain sums of counters in memory, and nothing of histograms and gauges. */
export function memoryObserver(): Observer {
  const sums = new Map<string, { readonly name: string; readonly labels: Labels; sum: number }>();
  const seriesName = (name: string, labels: Labels) =>
    `${name}{${Object.keys(labels).sort().map((label) => `${label}=${labels[label]}`).join(",")}}`;
  return {
    count(name, labels = {}, by = 1) {
      const own = seriesName(name, labels);
      const isFull = !sums.has(own) && sums.size >= MAX_SERIES;
      const series = isFull ? `${name}{other}` : own;
      const known = sums.get(series) ?? { name, labels: isFull ? {} : labels, sum: 0 };
      known.sum += by;
      sums.set(series, known);
    },
    observe() {},
    gauge() {},
    read(name, labels = {}) {
      let sum = 0;
      for (const series of sums.values()) {
        if (series.name === name && carries(series.labels, labels)) sum += series.sum;
      }
      return sum;
    },
  };
}

function carries(labels: Labels, wanted: Labels): boolean {
  return Object.keys(wanted).every((label) => labels[label] === wanted[label]);
}
