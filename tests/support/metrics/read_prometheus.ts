import assert from "node:assert/strict";

/** One line's value. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric of a page. */
export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LINE = new RegExp(`^(${NAME})(?:\\{([^]*)\\})? (\\S+)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;

/**
 * Reads a page in Prometheus' text format 0.0.4, as strictly as it is written down: fails on a metric that comes twice
 * or has lines elsewhere, a series that comes twice, a histogram whose buckets fall or do not end with its count.
 */
export function readPrometheus(text: string): Map<string, ReadFamily> {
  assert.ok(text.endsWith("\n"), "the last line has no end");
  const families = new Map<string, ReadFamily & { samples: Sample[] }>();
  const seen = new Set<string>();
  let help: readonly string[] | undefined;
  let family: (ReadFamily & { samples: Sample[] }) | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const helped = new RegExp(`^# HELP (${NAME}) (.+)$`).exec(line);
    const typed = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`).exec(line);
    if (helped !== null) help = helped.slice(1);
    else if (typed !== null) {
      const [, name = "", type = ""] = typed;
      assert.equal(help?.[0], name, "HELP stands before TYPE, of the same metric");
      assert.ok(!families.has(name), `${name} comes twice`);
      families.set(name, family = { name, type, help: help?.[1] ?? "", samples: [] });
    } else {
      const sample = readSample(line);
      assert.ok(family !== undefined && isOf(family, sample.name), `${line}: stands below another metric`);
      const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      assert.ok(!seen.has(series), `${line}: the series comes twice`);
      seen.add(series);
      family.samples.push(sample);
    }
  }
  for (const one of families.values()) if (one.type === "histogram") checkHistogram(one);
  return families;
}

/** The value of the series of that name that carries exactly these labels; undefined where there is none. */
export function valueOf(
  families: ReadonlyMap<string, ReadFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  for (const { samples } of families.values()) {
    for (const sample of samples) {
      if (sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted) {
        return sample.value;
      }
    }
  }
  return undefined;
}

function isOf({ name, type }: ReadFamily, sample: string): boolean {
  return type === "histogram"
    ? [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(sample)
    : sample === name;
}

function readSample(line: string): Sample {
  const [, name = "", labelled = "", valueText = ""] = LINE.exec(line) ?? assert.fail(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  let rest = labelled;
  while (rest !== "") {
    const [whole, label = "", value = ""] = LABEL.exec(rest) ??
      assert.fail(`no label at '${rest}' in ${line}`);
    assert.ok(!(label in labels), `${line}: ${label} comes twice`);
    labels[label] = value.replace(/\\(.)/g, (_, sign: string) => sign === "n" ? "\n" : sign);
    rest = rest.slice(whole.length);
  }
  const value = valueText === "+Inf" ? Infinity : Number(valueText);
  assert.ok(!Number.isNaN(value), `${line}: no number`);
  return { name, labels, value };
}

function checkHistogram({ name, samples }: ReadFamily): void {
  const groups = new Map<string, { bounds: number[]; counts: number[]; count?: number }>();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    let group = groups.get(key);
    if (group === undefined) groups.set(key, group = { bounds: [], counts: [] });
    if (sample.name === `${name}_count`) group.count = sample.value;
    if (sample.name !== `${name}_bucket`) continue;
    group.bounds.push(le === "+Inf" ? Infinity : Number(le));
    group.counts.push(sample.value);
  }
  for (const [key, { bounds, counts, count }] of groups) {
    assert.deepEqual(bounds, bounds.toSorted((a, b) => a - b), `${name} ${key}: bounds rise`);
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b), `${name} ${key}: counts rise`);
    assert.equal(bounds.at(-1), Infinity, `${name} ${key}: the last bucket has no bound`);
    assert.equal(counts.at(-1), count, `${name} ${key}: the last bucket is the count`);
  }
}
