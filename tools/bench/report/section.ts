import { medianOf, spreadOf } from "./statistics.ts";

/** A bar of what speed promises, and what was measured. */
export interface Bar {
  readonly what: string;
  readonly bar: string;
  readonly figure: string;
  /** Undefined when it could not be judged: what it is compared with is missing. */
  readonly isMet: boolean | undefined;
}

/** What one measurement brought: for the page, for the closing table and raw. */
export interface Section {
  readonly name: string;
  readonly title: string;
  /** What was done, as Markdown. */
  readonly about: string;
  readonly tables: readonly string[];
  readonly bars: readonly Bar[];
  /** Contenders that could not take part, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
  readonly raw: unknown;
}

/** A Markdown table. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => index === 0 ? "---" : "---:")), ...rows.map(line)].join(
    "\n",
  );
}

/** Three digits that count, without an exponent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** `median (least–most)`. */
export function spreadText(values: readonly number[]): string {
  const { median, min, max } = spreadOf(values);
  return `${figure(median)} (${figure(min)}–${figure(max)})`;
}

/** Figures of several rounds by contender. */
export type ByContender<Round> = Readonly<Record<string, readonly Round[]>>;

/** Ratios of two contenders, round by round: what else the machine did fell on both. Empty when one did not take part. */
export function ratios<Round>(
  rounds: ByContender<Round>,
  [one, other]: readonly [string, string],
  read: (round: Round) => number,
): number[] {
  const others = rounds[other] ?? [];
  return (rounds[one] ?? []).flatMap((round, index) => {
    const beside = others[index];
    return beside === undefined ? [] : [read(round) / read(beside)];
  });
}

/** A bar on the median of some ratios: at most, or at least, `limit`. */
export function ratioBar(
  { what, values, unit, ...limit }: {
    what: string;
    values: readonly number[];
    unit: string;
    atMost?: number;
    atLeast?: number;
  },
): Bar {
  const { atMost = Infinity, atLeast = -Infinity } = limit;
  const bar = limit.atMost === undefined ? `≥ ${atLeast} ${unit}` : `≤ ${atMost} ${unit}`;
  if (values.length === 0) return { what, bar, figure: "not measured", isMet: undefined };
  const median = medianOf(values);
  return { what, bar, figure: `${spreadText(values)} ${unit}`, isMet: median <= atMost && median >= atLeast };
}
