import * as z from "zod";
import { secretFault } from "../../../config/build/secrets.ts";
import { label } from "../../../config/schema/fields.ts";
import { type KeyFields, keyFields } from "../stored_key.ts";

/** How the lines of an import are written. */
export const IMPORT_FORMATS = ["text", "csv", "jsonl"] as const;

/** One of {@link IMPORT_FORMATS}. */
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** Shortest key that is taken, in characters: shorter ones could not be kept out of records. */
const MIN_KEY_LENGTH = 8;

/** What one line says: a key, nothing, or nothing that can be used. */
export type LineReading =
  | { readonly kind: "key"; readonly key: string; readonly upstream?: string; readonly fields: KeyFields }
  | { readonly kind: "none" }
  /** `reason` never holds any of the line. */
  | { readonly kind: "reject"; readonly reason: string };

const NONE: LineReading = { kind: "none" };
const PLAIN_FIELDS = keyFields.parse({});

const line = keyFields.extend({ key: z.string(), upstream: label().optional() });
const COLUMNS: ReadonlySet<string> = new Set(Object.keys(line.shape));

/** Reads lines of one import, one after the other: the first that says something decides how all are read, unless that is known. */
export class KeyLines {
  #format: ImportFormat | undefined;
  /** Of a CSV, once its first line was read. */
  #columns: readonly string[] | undefined;

  constructor(format: ImportFormat | undefined) {
    this.#format = format;
  }

  /** Reads the next line. */
  read(text: string): LineReading {
    const trimmed = text.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return NONE;
    this.#format ??= formatOf(trimmed);
    switch (this.#format) {
      case "text":
        return keyOf(trimmed.replace(/\s#.*$/, "").trim());
      case "jsonl":
        return readJson(trimmed);
      case "csv":
        return this.#readCsv(trimmed);
    }
  }

  #readCsv(text: string): LineReading {
    const values = csvValues(text);
    if (values === undefined) return rejected("has a quoted value that does not end on its line");
    if (this.#columns === undefined) {
      this.#columns = values.map((value) => value.trim());
      if (this.#columns.includes("key") && this.#columns.every((column) => COLUMNS.has(column))) return NONE;
      this.#columns = [];
      return rejected(
        `is no head of a CSV; its columns are some of ${[...COLUMNS].join(", ")}, "key" among them`,
      );
    }
    if (this.#columns.length === 0) return rejected("cannot be read without the CSV's head");
    if (values.length > this.#columns.length) return rejected("has more values than the CSV has columns");
    return fieldsOf(Object.fromEntries(this.#columns.flatMap((column, at) => {
      const value = values[at]?.trim() ?? "";
      return value === "" ? [] : [[column, csvValue(column, value)]];
    })));
  }
}

function formatOf(first: string): ImportFormat {
  if (first.startsWith("{") || first.startsWith('"')) return "jsonl";
  const columns = first.split(",").map((column) => column.trim());
  return columns.length > 1 && columns.includes("key") ? "csv" : "text";
}

function readJson(text: string): LineReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return rejected("is not valid JSON");
  }
  return typeof value === "string" ? keyOf(value) : fieldsOf(value);
}

function fieldsOf(value: unknown): LineReading {
  const read = line.safeParse(value);
  if (!read.success) return rejected(faultOf(read.error));
  const { key, upstream, ...fields } = read.data;
  const found = keyOf(key, fields);
  return found.kind === "key" && upstream !== undefined ? { ...found, upstream } : found;
}

/** Without the names of members it does not know: one might be a key in the wrong place. */
function faultOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined || issue.code === "unrecognized_keys") {
    return `has a member that no key has; known are ${[...COLUMNS].join(", ")}`;
  }
  const [member] = issue.path;
  return member === undefined ? "is neither a key nor an object" : `${String(member)}: ${issue.message}`;
}

function keyOf(key: string, fields: KeyFields = PLAIN_FIELDS): LineReading {
  const fault = secretFault(key);
  if (fault !== undefined) return rejected(`the key ${fault}`);
  if (key.length < MIN_KEY_LENGTH) return rejected(`the key is shorter than ${MIN_KEY_LENGTH} characters`);
  if (key.startsWith("sk-tg-") || key.startsWith("tg-admin-")) {
    return rejected("the key is one of Tidegate's own, not a vendor's");
  }
  return { kind: "key", key, fields };
}

function rejected(reason: string): LineReading {
  return { kind: "reject", reason };
}

/** The values of one line (RFC 4180 §2, without line breaks inside of quotes); undefined where quotes are left open. */
function csvValues(text: string): string[] | undefined {
  const values: string[] = [];
  for (let at = 0; at <= text.length;) {
    if (text[at] === '"') {
      let value = "";
      let end = text.indexOf('"', at + 1);
      for (; end >= 0 && text[end + 1] === '"'; end = text.indexOf('"', end + 2)) {
        value += text.slice(at + 1, end + 1);
        at = end + 1;
      }
      if (end < 0) return undefined;
      values.push(value + text.slice(at + 1, end));
      const comma = text.indexOf(",", end);
      at = comma < 0 ? text.length + 1 : comma + 1;
    } else {
      const comma = text.indexOf(",", at);
      values.push(text.slice(at, comma < 0 ? text.length : comma));
      at = comma < 0 ? text.length + 1 : comma + 1;
    }
  }
  return values;
}

function csvValue(column: string, value: string): unknown {
  switch (column) {
    case "weight":
    case "priority":
      return Number(value);
    case "enabled":
      return value === "true" ? true : value === "false" ? false : value;
    case "models":
      return value.split(/[\s;]+/).filter((model) => model !== "");
    default:
      return value;
  }
}
