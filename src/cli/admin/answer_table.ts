/** A member of parsed JSON by its path (`key.name`); undefined where there is none. */
export function memberAt(value: unknown, path: string): unknown {
  let here = value;
  for (const name of path.split(".")) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Reflect.get(here, name);
  }
  return here;
}

/** The list at a path of an answer; empty where there is none. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  const list = memberAt(value, path);
  return Array.isArray(list) ? list : [];
}

/** A value as a cell: nothing and null are a dash. */
export function cell(value: unknown): string {
  return value === undefined || value === null || value === "" ? "–" : String(value);
}

/** A number of milliseconds as people say it: `0:41`, `1:02:03`; a dash where there is none. */
export function clock(durationMs: unknown): string {
  if (typeof durationMs !== "number") return "–";
  const all = Math.ceil(durationMs / 1000);
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const tail = String(seconds).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** Columns side by side under their heads, as wide as they need to be. */
export function answerTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((text, at) => text.padEnd(widths[at] ?? 0)).join("  ").trimEnd();
  return [heads, ...rows].map((row) => `${line(row)}\n`).join("");
}
