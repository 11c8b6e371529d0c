import { Buffer } from "node:buffer";
import { isJsonObject } from "../../core/bytes/exact_json.ts";
import { objectIn, USAGE } from "./usage_events.ts";

const LF = 0x0a;
const CR = 0x0d;

const decoder = new TextDecoder();

/**
 * Takes the event out of a chat stream that only tells usage, for a client that did not ask for it: `choices` is
 * empty and `usage` an object (OpenAI API reference, Chat, `stream_options`). What tells anything else stays, byte
 * for byte. `pieces` are whole events together, and so is what is left of them.
 */
export function withoutUsageEvent(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const bytes = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  if (bytes.length === 0 || objectIn(bytes, USAGE) < 0) return pieces;
  const left: Uint8Array[] = [];
  let keptFrom = 0;
  for (const [start, end] of eventsIn(bytes)) {
    if (!onlyTellsUsage(bytes.subarray(start, end))) continue;
    if (start > keptFrom) left.push(bytes.subarray(keptFrom, start));
    keptFrom = end;
  }
  if (keptFrom === 0) return pieces;
  if (keptFrom < bytes.length) left.push(bytes.subarray(keptFrom));
  return left;
}

/** Begin and end of each event, its empty line included. */
function* eventsIn(bytes: Uint8Array): Generator<readonly [number, number]> {
  let start = 0;
  let lineStart = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== LF && byte !== CR) continue;
    const isEmptyLine = at === lineStart;
    if (byte === CR && bytes[at + 1] === LF) at++;
    lineStart = at + 1;
    if (!isEmptyLine) continue;
    yield [start, lineStart];
    start = lineStart;
  }
  if (start < bytes.length) yield [start, bytes.length];
}

function onlyTellsUsage(event: Uint8Array): boolean {
  if (objectIn(event, USAGE) < 0) return false;
  const lines = decoder.decode(event).split(/\r\n|\n|\r/).filter((line) =>
    line !== "" && !line.startsWith(":")
  );
  const [line = "", ...more] = lines;
  if (more.length > 0 || !line.startsWith("data:")) return false;
  try {
    const value: unknown = JSON.parse(line.slice("data:".length));
    return isJsonObject(value) && Array.isArray(value.choices) && value.choices.length === 0 &&
      isJsonObject(value.usage) && !isJsonObject(value.error);
  } catch {
    return false;
  }
}
