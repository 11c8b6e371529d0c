/** First path segments that belong to the wire formats and the transparent proxy (`docs/design.md` §5). */
const FIRST_SEGMENTS: ReadonlySet<string> = new Set([
  "v1",
  "v1alpha",
  "v1beta",
  "openai",
  "azure",
  "anthropic",
  "gemini",
  "proxy",
  "dashboard",
]);

/** Whether the gateway answers this path, also when it will say that there is no such thing; else the other routes do. */
export function isDataPlane(path: string): boolean {
  const end = path.indexOf("/", 1);
  return FIRST_SEGMENTS.has(end < 0 ? path.slice(1) : path.slice(1, end));
}
