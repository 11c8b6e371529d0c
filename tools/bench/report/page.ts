import type { Contender } from "../contenders/contender.ts";
import type { Machine } from "./machine.ts";
import { type Bar, type Section, tableOf } from "./section.ts";

/** Everything that a run brought. */
export interface Report {
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  /** Names and versions of what took part. */
  readonly versions: readonly (readonly [name: string, version: string])[];
  readonly missing: readonly string[];
  readonly sections: readonly Section[];
  /** Measurements that came to nothing, and why. */
  readonly failed: Readonly<Record<string, string>>;
}

/** Versions of contenders and tools, each name once. */
export function versionsOf(
  contenders: readonly Contender[],
  tools: Readonly<Record<string, string | undefined>>,
): Report["versions"] {
  return [
    ...contenders.map(({ name, version }) => [name, version] as const),
    ...Object.entries(tools).flatMap(([name, version]) =>
      version === undefined ? [] : [[name, version] as const]
    ),
  ];
}

/** Parts of the page between markers, by name. The rest of the page is written by hand. */
export function pageParts(report: Report): Record<string, string> {
  const parts: Record<string, string> = Object.fromEntries(
    report.sections.map((section) => [section.name, sectionText(section, report.date)]),
  );
  parts["run"] = runText(report);
  parts["bars"] = barsTable(report.sections.flatMap(({ bars }) => bars));
  return parts;
}

/** Replaces the parts of `page` that stand between `<!-- begin NAME -->` and `<!-- end NAME -->`. Throws when one is missing. */
export function fillPage(page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new Error(`the page has no place for '${name}'`);
    return `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`;
  }, page);
}

/** The bars as a table. */
export function barsTable(bars: readonly Bar[]): string {
  const verdict = ({ isMet }: Bar) => isMet === undefined ? "–" : isMet ? "yes" : "**no**";
  return tableOf(
    ["what", "bar", "figure", "met"],
    bars.map((bar) => [bar.what, bar.bar, bar.figure, verdict(bar)]),
  );
}

function sectionText({ about, tables, leftOut }: Section, date: string): string {
  const absent = Object.entries(leftOut).map(([name, why]) =>
    `${name} could not take part: ${why.split("\n")[0]?.slice(0, 300)}`
  );
  return [`${about} (${date})`, ...tables, ...absent].join("\n\n");
}

function runText({ date, command, machine, versions, missing }: Report): string {
  const rows = [
    ["date", date],
    ["command", `\`${command}\``],
    ["machine", `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GB`],
    ["kernel", machine.kernel],
    ["load before the run", machine.loadBefore.toFixed(2)],
    ...versions,
  ];
  const table = ["| | |", "| --- | --- |", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join(
    "\n",
  );
  const absent = missing.map((name) => `Not installed or not to be had, and so left out: ${name}.`);
  return [table, ...absent].join("\n\n");
}
