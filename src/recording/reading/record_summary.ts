import { Buffer } from "node:buffer";
import { parseJson, scanTopLevel, type Span } from "../../core/bytes/json_span.ts";

/** A record without its bodies: the members of its line. */
export type RecordSummary = Readonly<Record<string, unknown>>;

const NULL_JSON = Buffer.from("null");
const REQUEST = Buffer.from(`,"request":`);
const CLOSE = Buffer.from("}");

/** A record's line without its bodies; undefined where it is none. The bodies are cut out unread: they may be megabytes. */
export function recordSummary(line: Uint8Array): RecordSummary | undefined {
  const cut = withoutBodies(line);
  const value = cut && parseJson(cut);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // It was parsed from an object's text.
  const { request: _request, response: _response, ...summary } = value as Record<string, unknown>;
  return summary;
}

function withoutBodies(line: Uint8Array): Uint8Array | undefined {
  let bodies: Span[];
  try {
    const { members } = scanTopLevel(line, ["request", "response"]);
    bodies = [...members.values()].sort((one, other) => one.start - other.start);
  } catch {
    // A body may be nested as deep as is allowed, and then its line is too deep; what stands before it is enough.
    const at = Buffer.from(line).indexOf(REQUEST);
    return at < 0 ? undefined : Buffer.concat([line.subarray(0, at), CLOSE]);
  }
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end } of bodies) {
    parts.push(line.subarray(at, start), NULL_JSON);
    at = end;
  }
  parts.push(line.subarray(at));
  return Buffer.concat(parts);
}
