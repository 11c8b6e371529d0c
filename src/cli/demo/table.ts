import type { DemoReport } from "./tally.ts";

/** Control sequences of ECMA-48: so many lines up, and clear from the cursor to the end of the screen. */
const UP_AND_CLEAR = (lines: number) => `\x1b[${lines}A\x1b[J`;

/** Lines that {@link renderTable} makes for a report. */
export function tableLines(report: DemoReport): number {
  return report.upstreams.length + 4;
}

/** A report as a small table; with `over`, it is drawn over the one before. */
export function renderTable(report: DemoReport, over: boolean): string {
  const head = ["upstream", "served", "first token p50", "429", "errors", "cut"];
  const rows = report.upstreams.map((upstream) => [
    upstream.name,
    String(upstream.served),
    milliseconds(upstream.firstTokenP50Ms),
    String(upstream.limited),
    String(upstream.failed),
    String(upstream.cut),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
    ).join("  ");
  const text = [
    line(head),
    ...rows.map(line),
    "",
    `${report.requests} asked, ${report.ok} answered, ${report.inFlight} open, ${report.failed} failed, ` +
    `${report.failovers} failed over`,
    `first token p50 ${milliseconds(report.firstTokenP50Ms)}, ${report.seconds} s`,
  ].join("\n");
  return `${over ? UP_AND_CLEAR(tableLines(report)) : ""}${text}\n`;
}

function milliseconds(value: number | null): string {
  return value === null ? "–" : `${value} ms`;
}
