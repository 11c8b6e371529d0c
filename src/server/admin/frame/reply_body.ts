import type { Redactor } from "../../../recording/redact.ts";

const LINE_FEED = 10;

/** Longest line that is held to be looked through whole, in bytes; a longer one is looked through in parts. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/**
 * A streamed reply without secrets: whole lines are looked through, so that none hides between two chunks.
 * `redactor` undefined: the reply passes as it is.
 */
export function replyStream(
  chunks: AsyncIterable<Uint8Array>,
  redactor: Redactor | undefined,
): ReadableStream<Uint8Array> {
  return ReadableStream.from(redactor === undefined ? chunks : redactedLines(chunks, redactor));
}

async function* redactedLines(
  chunks: AsyncIterable<Uint8Array>,
  redactor: Redactor,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0 || heldBytes + chunk.length > MAX_LINE_BYTES) {
      const upTo = end > 0 ? end : chunk.length;
      yield redactor.bytes(joined([...held, chunk.subarray(0, upTo)]));
      held = [];
      heldBytes = 0;
      if (upTo === chunk.length) continue;
      held.push(chunk.slice(upTo));
    } else held.push(chunk.slice());
    heldBytes += held.at(-1)?.length ?? 0;
  }
  if (held.length > 0) yield redactor.bytes(joined(held));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
