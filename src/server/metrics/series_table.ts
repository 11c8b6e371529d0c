import type { Labels } from "../../core/observe.ts";

/** What {@link SeriesTable} keeps under one set of labels. */
export interface Series<T> {
  /** In the order of the table's labels; empty where a measurement had none. */
  readonly values: readonly string[];
  readonly data: T;
}

/** Stands for every value that there is no room for. */
const OTHER = "other";

/** Labels whose values may be many; they give way first, so that the others still tell what happened. */
const MANY_VALUED: ReadonlySet<string> = new Set(["tenant", "model", "gen_ai_request_model"]);

/** Longest value that is kept, in characters: more than any name of the config may have but a model's. */
const MAX_VALUE_LENGTH = 200;

interface Level<T> {
  readonly below: Map<string, Level<T>>;
  series: Series<T> | undefined;
}

/**
 * One metric's series by their labels. What is known is found by one look for each label, without making a text of
 * them: that would cost more than all the rest. Bounded: past `limit` the many-valued labels of new series become
 * `other`, past twice that all of them do.
 */
export class SeriesTable<T> {
  readonly #labels: readonly string[];
  readonly #limit: number;
  readonly #make: () => T;
  readonly #root: Level<T> = { below: new Map(), series: undefined };
  readonly #all: Series<T>[] = [];

  constructor(labels: readonly string[], limit: number, make: () => T) {
    this.#labels = labels;
    this.#limit = limit;
    this.#make = make;
  }

  /** Every series, in the order in which they began. */
  get all(): readonly Series<T>[] {
    return this.#all;
  }

  /** What is kept under the labels; begun when there was nothing. */
  at(labels: Labels | undefined): T {
    let level = this.#root;
    for (const label of this.#labels) {
      const next = level.below.get(labels?.[label] ?? "");
      if (next === undefined) return this.#begin(labels).data;
      level = next;
    }
    return (level.series ?? this.#begin(labels)).data;
  }

  #begin(labels: Labels | undefined): Series<T> {
    const values = this.#labels.map((label) => clipped(labels?.[label] ?? ""));
    const known = this.#find(values);
    if (known !== undefined) return known;
    if (this.#all.length < this.#limit) return this.#add(values);
    const folded = values.map((value, at) => MANY_VALUED.has(this.#labels[at] ?? "") ? OTHER : value);
    const roomy = this.#find(folded);
    if (roomy !== undefined) return roomy;
    if (this.#all.length < 2 * this.#limit) return this.#add(folded);
    const rest = values.map(() => OTHER);
    return this.#find(rest) ?? this.#add(rest);
  }

  #find(values: readonly string[]): Series<T> | undefined {
    let level: Level<T> | undefined = this.#root;
    for (const value of values) level = level?.below.get(value);
    return level?.series;
  }

  #add(values: readonly string[]): Series<T> {
    let level = this.#root;
    for (const value of values) {
      let next = level.below.get(value);
      if (next === undefined) level.below.set(value, next = { below: new Map(), series: undefined });
      level = next;
    }
    const series = level.series = { values, data: this.#make() };
    this.#all.push(series);
    return series;
  }
}

function clipped(value: string): string {
  return value.length <= MAX_VALUE_LENGTH ? value : OTHER;
}
