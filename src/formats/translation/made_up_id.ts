import { createHash } from "node:crypto";

/** Hexadecimal digits of a made-up id: 96 bits, and short enough for every vendor. */
const DIGEST_LENGTH = 24;

/**
 * An id for a call that the upstream gave none: the same for the same `facts`, which tell the call's answer and its
 * place there, so that it is another one in every other answer of a conversation.
 */
export function madeUpCallId(...facts: readonly unknown[]): string {
  const digest = createHash("sha256").update(JSON.stringify(facts)).digest("hex");
  return `call_${digest.slice(0, DIGEST_LENGTH)}`;
}
