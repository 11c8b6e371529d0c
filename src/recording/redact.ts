import { Buffer } from "node:buffer";
import { atOnce } from "../core/time/steps.ts";
import { type FoundSpan, SecretIndex } from "./redaction/secret_index.ts";

/** What stands in a record where a secret stood. */
export const REDACTED = "[redacted]";

/** Takes known secrets out of what is about to be written. */
export interface Redactor {
  /** The same bytes when they hold no secret, else a copy without. */
  bytes(bytes: Uint8Array): Uint8Array;
  /** The same for a string. */
  text(text: string): string;
}

/**
 * A {@link Redactor} for the values that `secrets` yields, each also in the spellings it has inside a JSON string.
 * `secrets()` is asked for every record, so it must return the same object as long as nothing changed; of a new object
 * all is read when it is first needed, so this is for few secrets, or for such as seldom change. Values under
 * `MIN_SECRET_BYTES` (`redaction/secret_index.ts`) are left out.
 */
export function makeRedactor(secrets: () => Iterable<string>): Redactor {
  let known: Iterable<string> | undefined;
  let index = atOnce(SecretIndex.of([]));
  return indexRedactor(() => {
    const now = secrets();
    if (now !== known) {
      index = atOnce(SecretIndex.of(now));
      known = now;
    }
    return index;
  });
}

/** A {@link Redactor} for what an index holds, which may grow meanwhile; `index()` is asked for every record. */
export function indexRedactor(index: () => SecretIndex): Redactor {
  return {
    bytes: (bytes) => withoutSpans(bytes, index().find(bytes)),
    text(text) {
      const current = index();
      if (current.size === 0) return text;
      const bytes = encoder.encode(text);
      const spans = current.find(bytes);
      return spans.length === 0 ? text : new TextDecoder().decode(withoutSpans(bytes, spans));
    },
  };
}

/** What several redactors take out, in one. */
export function redactors(...all: readonly Redactor[]): Redactor {
  return {
    bytes: (bytes) => all.reduce((left, redactor) => redactor.bytes(left), bytes),
    text: (text) => all.reduce((left, redactor) => redactor.text(left), text),
  };
}

const encoder = new TextEncoder();
const REDACTED_BYTES = encoder.encode(REDACTED);

function withoutSpans(bytes: Uint8Array, spans: readonly FoundSpan[]): Uint8Array {
  if (spans.length === 0) return bytes;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    parts.push(bytes.subarray(at, start), REDACTED_BYTES);
    at = end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}
