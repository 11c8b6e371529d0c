import { createHash } from "node:crypto";

/** Hexadecimal digits of a made-up id: 96 bits, and short enough for every vendor. */
const DIGEST_LENGTH = 24;

/**
 * An id for a call that Gemini gave none: the same for the same call of the same answer, another one in every
 * other answer of a conversation.
 */
export function madeUpCallId(...facts: readonly (string | number | undefined)[]): string {
  const digest = createHash("sha256").update(JSON.stringify(facts)).digest("hex");
  return `call_${digest.slice(0, DIGEST_LENGTH)}`;
}
