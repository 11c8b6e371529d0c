import type { OpaqueSignature } from "../../../core/chat.ts";

/** The type under which this family's own members and signatures go through the hub. */
export const OWN_FORMAT = "anthropic_messages";

/** What a signature begins with that another vendor gave, on its way through an Anthropic client. */
const FOREIGN = "tidegate:";

/**
 * The `signature` of a thinking block for a client: the vendor's own as it is, another's with its format before
 * it, so that it is known when it comes back. Thoughts without one carry the mark alone.
 */
export function writeSignature(signature: OpaqueSignature | undefined): string {
  if (signature?.format === OWN_FORMAT) return signature.value;
  return `${FOREIGN}${signature?.format ?? ""}:${signature?.value ?? ""}`;
}

/** The reverse of {@link writeSignature}; undefined where there is none. */
export function readSignature(text: unknown): OpaqueSignature | undefined {
  if (typeof text !== "string" || text === "") return undefined;
  if (!text.startsWith(FOREIGN)) return { format: OWN_FORMAT, value: text };
  const rest = text.slice(FOREIGN.length);
  const colon = rest.indexOf(":");
  if (colon <= 0) return undefined;
  return { format: rest.slice(0, colon), value: rest.slice(colon + 1) };
}
