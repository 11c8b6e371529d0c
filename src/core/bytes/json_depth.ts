/** Deepest nesting of a foreign value that is written again: writing JSON recurses, and a hostile value must not end that. */
export const MAX_JSON_DEPTH = 128;

/** JSON text of at most so many bytes is not too deep to be written again. */
const SURELY_SHALLOW_BYTES = 2 * MAX_JSON_DEPTH;

/** Whether a value parsed of so many bytes is nested deeper than {@link MAX_JSON_DEPTH}. */
export function isTooDeep(value: unknown, sizeBytes: number): boolean {
  return sizeBytes > SURELY_SHALLOW_BYTES && isDeeper(value);
}

/** Whether a parsed JSON value is nested deeper than `levels`. */
export function isDeeper(value: unknown, levels: number = MAX_JSON_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
