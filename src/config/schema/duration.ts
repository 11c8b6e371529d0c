const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How a duration is written: `"250ms"`, `"30s"`, `"1.5h"`. */
export const DURATION_PATTERN = /^\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d)$/;

/** Milliseconds of a text that matches {@link DURATION_PATTERN}, rounded to whole ones. */
export function parseDurationMs(text: string): number {
  const unit = /[a-z]+$/.exec(text)?.[0] ?? "ms";
  const factor = Object.entries(UNITS_MS).find(([name]) => name === unit)?.[1] ?? 1;
  return Math.round(Number.parseFloat(text) * factor);
}

/** The shortest spelling of a number of milliseconds without a fraction: 300000 is `5m`, 1500 is `1500ms`. */
export function formatDuration(durationMs: number): string {
  const fitting = Object.entries(UNITS_MS).findLast(([, factor]) => durationMs % factor === 0);
  const [unit, factor] = fitting ?? ["ms", 1];
  return `${durationMs / factor}${unit}`;
}
