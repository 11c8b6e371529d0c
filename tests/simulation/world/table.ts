/** Prints a table of results, so that every run says how far from its bars it is. */
export function printTable(title: string, rows: readonly Readonly<Record<string, string | number>>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? "")))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? "").length)));
  const lines = cells.map((line) =>
    line.map((cell, index) => index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0))
      .join("  ")
  );
  const text = `\n${title}\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** A share as percent, with two decimals. */
export function percent(part: number, whole: number): string {
  return `${(100 * part / whole).toFixed(2)} %`;
}

/** A figure per request, with four decimals. */
export function perRequest(part: number, whole: number): string {
  return (part / whole).toFixed(4);
}
