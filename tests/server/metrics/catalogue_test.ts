import assert from "node:assert/strict";
import { CATALOGUE } from "../../../src/server/metrics/catalogue.ts";
import { readTree } from "../../support/tidy/tree.ts";

const ROOT = new URL("../../../", import.meta.url);

/** The table rows that belong to the catalogue. */
function wantedRows(): string[] {
  return CATALOGUE.map(({ shown, kind, labels, help, convention }) => {
    const names = labels.map((label) => `\`${label}\``).join(", ");
    const told = convention === undefined ? help : `${help} As \`${convention}\`.`;
    return `| \`${shown}\` | ${kind} | ${names} | ${told} |`;
  });
}

Deno.test("docs/metrics.md has a row for every metric, as the catalogue says it, and no other", async () => {
  const page = await Deno.readTextFile(new URL("docs/metrics.md", ROOT));
  assert.deepEqual(
    page.split("\n").filter((line) => /^\| `(tidegate|gen_ai|process)_[a-z_]+` \| /.test(line)),
    wantedRows(),
  );
});

Deno.test("the alert rules and the questions of the page ask for metrics that there are", async () => {
  const names = new Set(
    CATALOGUE.flatMap(({ shown, kind }) =>
      kind === "histogram" ? [`${shown}_bucket`, `${shown}_sum`, `${shown}_count`] : [shown]
    ),
  );
  const rules = await Deno.readTextFile(new URL("docs/prometheus_alerts.yml", ROOT));
  const page = await Deno.readTextFile(new URL("docs/metrics.md", ROOT));
  const questions = page.split("## Questions and their answers")[1]?.split("\n## ")[0] ?? "";
  const asked = `${rules}${questions}`.match(/\b(tidegate|gen_ai_(client|server)|process)_[a-z_]+\b/g) ?? [];
  assert.ok(asked.length > 20, String(asked.length));
  assert.deepEqual(asked.filter((name) => !names.has(name)), []);
});

Deno.test("names are unique, of the wanted shape, and tell their unit", () => {
  for (const side of ["name", "shown"] as const) {
    assert.equal(new Set(CATALOGUE.map((metric) => metric[side])).size, CATALOGUE.length);
  }
  for (const { shown, kind, help, labels, buckets } of CATALOGUE) {
    assert.match(shown, /^(tidegate|gen_ai|process)(_[a-z]+)+$/);
    assert.equal(shown.endsWith("_total"), kind === "counter", shown);
    assert.match(help, /^[^|]{10,}\.$/, shown);
    assert.equal(new Set(labels).size, labels.length, shown);
    assert.ok(labels.every((label) => /^[a-z_]+$/.test(label) && label !== "le"), shown);
    assert.equal(buckets !== undefined, kind === "histogram", shown);
    assert.deepEqual(buckets, buckets?.toSorted((a, b) => a - b), shown);
  }
});

Deno.test("everything that the program measures is described", async () => {
  const known = new Map(CATALOGUE.map((metric) => [metric.name, metric.kind]));
  const missing: string[] = [];
  let found = 0;
  for (const { path } of readTree(ROOT)) {
    if (!path.startsWith("src/") || path.startsWith("src/server/metrics/metric")) continue;
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (const [, how = "", name = ""] of text.matchAll(/\.(count|observe|gauge)\(\s*"([a-z_]+)"/g)) {
      found++;
      const kind = known.get(name);
      const fits = how === "observe"
        ? kind === "histogram"
        : how === "count"
        ? kind === "counter"
        : kind !== undefined;
      if (!fits) missing.push(`${path}: ${how} "${name}": add it to src/server/metrics/catalogue/`);
    }
  }
  assert.ok(found > 40, String(found));
  assert.deepEqual(missing, []);
});
