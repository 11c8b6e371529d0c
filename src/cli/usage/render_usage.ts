import { visibleText } from "../records/visible_text.ts";

/** The gateway's answer, as far as it is shown. */
export interface ToldUsage {
  readonly from?: string;
  readonly to?: string;
  readonly prices?: { readonly source: string; readonly date: string };
  readonly rows?: readonly Readonly<Record<string, string | number | undefined>>[];
}

/** Columns of numbers: heading, member of a row, whether it is money. */
const COLUMNS = [
  ["requests", "requests"],
  ["attempts", "attempts"],
  ["input", "inputTokens"],
  ["cached", "cachedInputTokens"],
  ["output", "outputTokens"],
  ["estimated", "unreportedTokens"],
  ["unpriced", "unpriced"],
  ["USD", "costUsd"],
] as const;

const PLACES = ["time", "tenant", "tenantKey", "pool", "key", "model"];

/** A table for a person, with a line of sums. */
export function renderUsage({ rows = [], from = "", to = "", prices }: ToldUsage): string {
  if (rows.length === 0) return `Nothing was used from ${from} to ${to}.\n`;
  const places = PLACES.filter((name) => rows.some((row) => row[name] !== undefined));
  const lines = [
    [...places, ...COLUMNS.map(([heading]) => heading)],
    ...rows.map((row) => [
      ...places.map((name) => visibleText(String(row[name] ?? "") || "-")),
      ...COLUMNS.map(([, name]) => shown(name, Number(row[name] ?? 0))),
    ]),
    [
      ...places.map((_name, at) => at === 0 ? "all" : ""),
      ...COLUMNS.map(([, name]) => shown(name, rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0))),
    ],
  ];
  const widths = lines[0]?.map((_heading, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0))) ??
    [];
  const table = lines.map((line) =>
    line.map((cell, at) => at < places.length ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))
      .join("  ").trimEnd()
  );
  const source = prices === undefined ? "" : `Prices of ${prices.date} (${prices.source})\n`;
  return `${from} to ${to}\n\n${table.join("\n")}\n\n${source}`;
}

function shown(name: string, value: number): string {
  return name === "costUsd" ? value.toFixed(4) : String(value);
}
