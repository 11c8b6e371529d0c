import { utcTime } from "../lines/utc_time.ts";

/** The parts of a name in a records folder. */
export interface HourName {
  /** `YYYYMMDD_HH`, UTC; sorts as time does. */
  readonly hour: string;
  /** 1 for the hour's first file; more when earlier ones were compressed while the hour still got lines. */
  readonly part: number;
  /** What the file holds: lines, compressed lines, or the cut-off end of a line. */
  readonly kind: "plain" | "compressed" | "torn";
}

/** The hour of a wall clock time as `YYYYMMDD_HH`. */
export function hourOf(timeMs: number): string {
  const time = utcTime(timeMs);
  return `${time.slice(0, 4)}${time.slice(5, 7)}${time.slice(8, 10)}_${time.slice(11, 13)}`;
}

/** The plain file's name of an hour's part: `20260131_23.jsonl`, then `20260131_23_2.jsonl`. */
export function hourFileName(hour: string, part: number): string {
  return part === 1 ? `${hour}.jsonl` : `${hour}_${part}.jsonl`;
}

/** Reads a file's name; undefined for one that is not ours to touch. */
export function parseHourName(name: string): HourName | undefined {
  const found = /^(\d{8}_\d{2})(?:_(\d{1,4}))?\.jsonl(\.gz|\.torn)?$/.exec(name);
  if (found === null) return undefined;
  const [, hour = "", part = "1", ending] = found;
  const kind = ending === ".gz" ? "compressed" : ending === ".torn" ? "torn" : "plain";
  return { hour, part: Number(part), kind };
}
