/** Says whether a text is meant by any of the patterns it was made from. */
export type Matcher = (text: string) => boolean;

/**
 * Makes a {@link Matcher} of patterns in which `*` stands for any run of characters, also none, and all else
 * for itself. No regular expression is built, so no pattern can be slow. An empty list means nothing.
 */
export function matcherOf(patterns: readonly string[]): Matcher {
  if (patterns.includes("*")) return () => true;
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const split = patterns.filter((pattern) => pattern.includes("*")).map((pattern) => pattern.split("*"));
  if (split.length === 0) return (text) => exact.has(text);
  return (text) => exact.has(text) || split.some((parts) => matchesParts(parts, text));
}

/** Whether `text` begins with the first part, ends with the last, and holds the others between them in order. */
function matchesParts(parts: readonly string[], text: string): boolean {
  const first = parts[0] ?? "";
  const last = parts[parts.length - 1] ?? "";
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) {
    return false;
  }
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
