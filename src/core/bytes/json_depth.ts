/** Deepest nesting of a foreign value that is written again: writing JSON recurses, and a hostile value must not end that. */
export const MAX_JSON_DEPTH = 128;

/** Whether a parsed JSON value is nested deeper than `levels`. */
export function isDeeper(value: unknown, levels: number = MAX_JSON_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
