import { csvField } from "../../core/text/csv_field.ts";
import type { KeyView } from "../../operations/keys/key_view.ts";

const COLUMNS = [
  ...["key", "masked", "state", "reason", "recoversInMs", "source", "upstream", "name", "weight", "priority"],
  ...["enabled", "models", "quotaGroup", "note", "addedAtMs", "id"],
] as const;

/** Keys for programs: CSV (RFC 4180) with its head where they are the `first`, or one JSON object a line. */
export function keyText(keys: readonly KeyView[], format: "csv" | "jsonl", first: boolean): string {
  if (format === "jsonl") return keys.map((key) => `${JSON.stringify(key)}\n`).join("");
  const lines = keys.map((key) => COLUMNS.map((column) => csvValue(Reflect.get(key, column))).join(","));
  return [...first ? [COLUMNS.join(",")] : [], ...lines].map((line) => `${line}\n`).join("");
}

function csvValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  return csvField(Array.isArray(value) ? value.join(" ") : String(value));
}

/** Keys for people: a line each, and how many there are of each state. */
export function keyTable(keys: readonly KeyView[]): string {
  const rows = keys.map((key) => [
    key.key,
    key.masked ?? "unreadable",
    key.state,
    whyOf(key),
    key.name ?? "",
    key.source === "file" ? "config file" : key.note ?? "",
  ]);
  const all = [["KEY", "", "STATE", "WHY", "NAME", "NOTE"], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const lines = all.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ").trimEnd());
  const counts = [...Map.groupBy(keys, ({ state }) => state)].map(([state, { length }]) =>
    `${length} ${state}`
  );
  return `${lines.join("\n")}\n\n${keys.length} keys${counts.length > 0 ? `: ${counts.join(", ")}` : ""}\n`;
}

function whyOf({ reason, recoversInMs }: KeyView): string {
  if (reason === null) return "";
  return recoversInMs === null ? reason : `${reason}, ${Math.ceil(recoversInMs / 1_000)} s to go`;
}
