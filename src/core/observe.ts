/** Labels of a measurement: closed words only, so that the number of series stays bounded. */
export type Labels = Readonly<Record<string, string>>;

/** Where measurements go; handed in so that no room knows how they are kept or shown. */
export interface Observer {
  /** Adds `by` (default 1) to the counter `name`. */
  count(name: string, labels?: Labels, by?: number): void;
  /** The counter's value so far; 0 when it was never counted. */
  read(name: string, labels?: Labels): number;
}

/** Most series one observer keeps; later new ones are added up under `other`, so that a label cannot grow memory. */
const MAX_SERIES = 2000;

/** An {@link Observer} that keeps plain sums in memory. */
export function memoryObserver(): Observer {
  const sums = new Map<string, number>();
  const seriesName = (name: string, labels: Labels | undefined) =>
    labels === undefined
      ? name
      : `${name}{${Object.keys(labels).sort().map((label) => `${label}=${labels[label]}`).join(",")}}`;
  return {
    count(name, labels, by = 1) {
      let series = seriesName(name, labels);
      if (!sums.has(series) && sums.size >= MAX_SERIES) series = `${name}{other}`;
      sums.set(series, (sums.get(series) ?? 0) + by);
    },
    read: (name, labels) => sums.get(seriesName(name, labels)) ?? 0,
  };
}
