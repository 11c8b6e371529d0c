/** Finish reasons that mean the model stumbled: what there is of its answer is no whole one, and another attempt may do better. */
export const FAILURES: ReadonlySet<string> = new Set([
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MALFORMED_RESPONSE",
  "OTHER",
]);
