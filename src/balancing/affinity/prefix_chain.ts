import type { Span } from "../../core/bytes/json_span.ts";
import type { KeyedHash } from "../../core/bytes/keyed_hash.ts";
import { isInstruction } from "./turn_role.ts";

/** The opening of a conversation, as it stands in a request's body. */
export interface Opening {
  readonly bytes: Uint8Array;
  /** What a vendor's prompt cache puts before the turns, in its order; undefined where the request has none. */
  readonly preamble: readonly (Span | undefined)[];
  /** The first turns. */
  readonly turns: readonly Span[];
}

/** No vendor caches a prompt of under 1,024 tokens, and no language needs fewer than two bytes for a token. */
export const MIN_PREFIX_BYTES = 2_048;

/** Bytes of one part that are looked at: half at its beginning, half at its end; so a picture costs no more than a page. */
const MAX_PART_BYTES = 4_096;

/** Bytes that are looked at in all; turns beyond make no keys. */
const MAX_LOOKED_BYTES = 65_536;

/**
 * A key for the conversation up to each of its turns, shortest first, `hash` being that of whose it is. Two
 * conversations share the keys of what they share. There is none up to an instruction that stands before all other
 * turns, since all users of an application may share these, nor below {@link MIN_PREFIX_BYTES}.
 */
export function prefixChain({ bytes, preamble, turns }: Opening, hash: KeyedHash): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chain: number[] = [];
  let sizeBytes = 0;
  let lookedBytes = 0;
  let begun = false;
  const add = (part: Span | undefined) => {
    const length = part === undefined ? 0 : part.end - part.start;
    if (part !== undefined) addPart(hash, view, part);
    hash.number(length);
    sizeBytes += length;
    lookedBytes += Math.min(length, MAX_PART_BYTES);
  };
  for (const part of preamble) add(part);
  for (const turn of turns) {
    add(turn);
    if (lookedBytes > MAX_LOOKED_BYTES) break;
    begun ||= !isInstruction(bytes, turn);
    if (begun && sizeBytes >= MIN_PREFIX_BYTES) chain.push(hash.value);
  }
  return chain;
}

function addPart(hash: KeyedHash, view: DataView, { start, end }: Span): void {
  if (end - start <= MAX_PART_BYTES) return hash.bytes(view, start, end);
  hash.bytes(view, start, start + MAX_PART_BYTES / 2);
  hash.bytes(view, end - MAX_PART_BYTES / 2, end);
}
