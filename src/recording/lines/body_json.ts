import type { Steps } from "../../core/time/steps.ts";
import { createHash } from "node:crypto";
import { JsonCheck } from "./json_check.ts";

/** Largest body that is recorded as text when it is not JSON; a larger one is only described. */
export const MAX_TEXT_BYTES = 1_048_576;

/** Bytes looked at between two chances to let others run: about a millisecond's work. */
const SLICE_BYTES = 262_144;

/**
 * Turns captured bytes into one JSON value on one line: as they are when they are JSON (line breaks, which can only
 * stand between tokens there, become spaces), else as a JSON string, or as a description where that would be longer
 * than {@link MAX_TEXT_BYTES}. The caller lets others run at each `yield`.
 */
export function* bodyJson(bytes: Uint8Array): Steps<Uint8Array> {
  const check = new JsonCheck(bytes);
  while (!check.step(SLICE_BYTES)) yield;
  if (check.valid) return check.hasLineBreaks ? onOneLine(bytes) : bytes;
  if (bytes.length <= MAX_TEXT_BYTES) return encoder.encode(JSON.stringify(decoder.decode(bytes)));
  return describedJson({
    sizeBytes: bytes.length,
    contentType: undefined,
    sha256: yield* sha256(bytes),
  });
}

/** A body that is not kept, as a JSON object. */
export function describedJson(
  body: {
    readonly sizeBytes: number;
    readonly contentType: string | undefined;
    readonly sha256: string | undefined;
  },
): Uint8Array {
  const { sha256 = null, sizeBytes, contentType = null } = body;
  return encoder.encode(JSON.stringify({ sha256, sizeBytes, contentType }));
}

const encoder = new TextEncoder();
// A byte order mark is kept: what is stored as text shall show what was sent.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function* sha256(bytes: Uint8Array): Steps<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    hash.update(bytes.subarray(at, at + SLICE_BYTES));
    yield;
  }
  return hash.digest("hex");
}

function onOneLine(bytes: Uint8Array): Uint8Array {
  // Captured bytes may be shared with the request path, so the change is made in a copy.
  const copy = new Uint8Array(bytes);
  for (const lineBreak of [0x0a, 0x0d]) {
    for (let at = copy.indexOf(lineBreak); at >= 0; at = copy.indexOf(lineBreak, at + 1)) copy[at] = 0x20;
  }
  return copy;
}
