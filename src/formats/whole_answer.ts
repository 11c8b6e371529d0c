import { parseJson, scanTopLevel } from "../core/bytes/json_span.ts";

/**
 * The values of some top-level members of a whole answer. The rest, as a million numbers of an embedding, is
 * passed over unparsed. Empty when the answer is no object that the scan accepts.
 */
export function answerMembers(body: Uint8Array, names: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  try {
    for (const [name, span] of scanTopLevel(body, names).members) values[name] = parseJson(body, span);
  } catch {
    return {};
  }
  return values;
}
