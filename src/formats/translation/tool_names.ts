import { createHash } from "node:crypto";

/** What names a vendor allows for tools. */
export interface ToolNameRule {
  /** The whole name must match; sticky and global flags are not set. */
  readonly pattern: RegExp;
  readonly maxLength: number;
}

/** Hexadecimal digits of a digest that make a shortened name unique: 32 bits. */
const DIGEST_LENGTH = 8;

/**
 * Names of one request's tools as the upstream sees them, and the way back. A name that the vendor allows stays;
 * another is spelt with `_` and ends in a digest of itself, so that the same name is the same in every turn.
 */
export class ToolNames {
  readonly #originals = new Map<string, string>();

  /** The name to send. */
  wire(name: string, { pattern, maxLength }: ToolNameRule): string {
    if (name.length <= maxLength && pattern.test(name)) return name;
    const digest = createHash("sha256").update(name).digest("hex").slice(0, DIGEST_LENGTH);
    const plain = name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^[^A-Za-z_]/, "_");
    const wire = `${plain.slice(0, maxLength - DIGEST_LENGTH - 1)}_${digest}`;
    this.#originals.set(wire, name);
    return wire;
  }

  /** The client's own name for what the upstream names. */
  original(wire: string): string {
    return this.#originals.get(wire) ?? wire;
  }
}

/** What ids a vendor allows for tool calls. */
export interface CallIdRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
}

/** The id itself where the vendor allows it, else one made of its digest: the same for the call and its result, in every turn. */
export function wireCallId(id: string, { pattern, maxLength }: CallIdRule): string {
  if (id.length <= maxLength && pattern.test(id)) return id;
  return `call_${createHash("sha256").update(id).digest("hex")}`.slice(0, Math.min(maxLength, 40));
}
