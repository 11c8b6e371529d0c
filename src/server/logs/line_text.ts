import type { LogLine } from "../../core/log.ts";
import { utcTime } from "../../recording/lines/utc_time.ts";

/** How lines look: for eyes, with or without colours, or for programs. */
export type LineStyle = "coloured" | "plain" | "json";

/** Longest text or field value in a line, in characters; what a client sends must not fill the log. */
const MAX_VALUE_CHARS = 4096;

/**
 * Characters that could forge a line, move a terminal's cursor or reorder what is read: C0, DEL, C1, the Unicode
 * line ends, and the bidirectional controls (U+200E–200F, U+202A–202E, U+2066–2069).
 */
// deno-lint-ignore no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const COLOURS = { debug: "\x1b[90m", info: "\x1b[36m", warn: "\x1b[33m", error: "\x1b[31m" } as const;
const DIM = "\x1b[2m";
const RESET = "\x1b[0m";

/** One line of text without a line end, whatever is in the fields; never throws. */
export function lineText(line: LogLine, style: LineStyle): string {
  const time = utcTime(line.timeMs);
  if (style === "json") {
    const fields = printable({ ...line.fields });
    // What the log says of itself comes last, so that a field of the same name cannot speak for it.
    const all = { ...fields, time, level: line.level, channel: line.channel, text: cut(line.text) };
    return escaped(JSON.stringify(all));
  }
  const fields = Object.entries(printable(line.fields)).map(([name, value]) => `${name}=${word(value)}`).join(
    " ",
  );
  const text = escaped(cut(line.text));
  const clock = time.slice(11, 23);
  const level = line.level.toUpperCase().padEnd(5);
  const tail = fields === "" ? "" : ` ${escaped(fields)}`;
  if (style === "plain") return `${clock} ${level} ${line.channel}: ${text}${tail}`;
  return `${DIM}${clock}${RESET} ${
    COLOURS[line.level]
  }${level}${RESET} ${line.channel}: ${text}${DIM}${tail}${RESET}`;
}

function escaped(text: string): string {
  return text.replace(CONTROLS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function cut(text: string): string {
  return text.length <= MAX_VALUE_CHARS ? text : `${text.slice(0, MAX_VALUE_CHARS)}…`;
}

function word(value: unknown): string {
  if (typeof value === "string") return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? "undefined";
}

/** Plain JSON values out of anything: errors by name, text and stack, circles and other oddities by a word. */
function printable(fields: LogLine["fields"]): Record<string, unknown> {
  try {
    const text = JSON.stringify(fields, (_name, value: unknown) => {
      if (typeof value === "string") return cut(value);
      if (typeof value === "bigint") return String(value);
      if (value instanceof Error) {
        return { name: value.name, message: cut(value.message), stack: cut(value.stack ?? "") };
      }
      return value;
    });
    // The text was made from an object one line above, so it parses to an object.
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { unprintable: Object.keys(fields).join(",") };
  }
}
