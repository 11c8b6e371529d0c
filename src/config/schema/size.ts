const UNITS_BYTES = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const;

/** How a size is written: `"64KB"`, `"32MB"`, `"1.5GB"`. Units are powers of 1024, as in nginx and most servers. */
export const SIZE_PATTERN = /^\d{1,9}(?:\.\d{1,3})?(?:B|KB|MB|GB|TB)$/;

/** Bytes of a text that matches {@link SIZE_PATTERN}, rounded to whole ones. */
export function parseSizeBytes(text: string): number {
  const unit = /[A-Z]+$/.exec(text)?.[0] ?? "B";
  const factor = Object.entries(UNITS_BYTES).find(([name]) => name === unit)?.[1] ?? 1;
  return Math.round(Number.parseFloat(text) * factor);
}

/** The shortest spelling of a number of bytes without a fraction: 67108864 is `64MB`. */
export function formatSize(sizeBytes: number): string {
  const fitting = Object.entries(UNITS_BYTES).findLast(([, factor]) => sizeBytes % factor === 0);
  const [unit, factor] = fitting ?? ["B", 1];
  return `${sizeBytes / factor}${unit}`;
}
