import { JsonScanError, JsonScanner } from "../json_span/json_scanner.ts";
import type { EditNode } from "./edit_node.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

/** A stretch to be replaced; of no length where something is put in. */
interface Patch {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

interface Member {
  /** Where its name begins and its value ends. */
  readonly start: number;
  readonly end: number;
  readonly removed: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NOTHING = new Uint8Array(0);

/** One pass over one text that notes what is to be changed; what it promises is told at `JsonEdits.apply`. */
export class EditWalk {
  readonly #bytes: Uint8Array;
  readonly #scanner: JsonScanner;
  readonly #patches: Patch[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#scanner = new JsonScanner(bytes, [], []);
  }

  /** The text with the edits below `root` made. */
  run(root: EditNode): Uint8Array {
    const start = this.#scanner.spaceEnd(0);
    if (this.#bytes[start] === BRACE) this.#object(start, root, 1);
    return this.#patches.length === 0 ? this.#bytes : this.#patched();
  }

  /** Walks the object that opens at `start`, as the `depth`th of its nesting; its recursion is no deeper than the paths of the edits. */
  #object(start: number, node: EditNode, depth: number): number {
    const bytes = this.#bytes;
    const members: Member[] = [];
    const seen = new Set<string>();
    let at = this.#scanner.spaceEnd(start + 1);
    while (bytes[at] !== BRACE_END) {
      if (members.length > 0) {
        if (bytes[at] !== COMMA) throw new JsonScanError("syntax", at);
        at = this.#scanner.spaceEnd(at + 1);
      }
      if (bytes[at] !== QUOTE) throw new JsonScanError("syntax", at);
      const nameStart = at;
      const nameEnd = this.#scanner.valueEnd(at, depth);
      at = this.#scanner.spaceEnd(nameEnd);
      if (bytes[at] !== COLON) throw new JsonScanError("syntax", at);
      const valueStart = this.#scanner.spaceEnd(at + 1);
      const name = this.#name(nameStart, nameEnd);
      const edited = name === undefined ? undefined : node.members.get(name);
      if (name !== undefined && edited !== undefined) seen.add(name);
      const end = edited === undefined
        ? this.#scanner.valueEnd(valueStart, depth)
        : this.#value(valueStart, edited, depth);
      members.push({ start: nameStart, end, removed: edited?.kind === "delete" });
      at = this.#scanner.spaceEnd(end);
    }
    this.#remove(members);
    this.#append(start, members, node.missing(seen));
    return at + 1;
  }

  /** Edits the value of a member that is there; returns its end. */
  #value(start: number, node: EditNode, depth: number): number {
    if (node.kind === undefined && this.#bytes[start] === BRACE) return this.#object(start, node, depth + 1);
    const end = this.#scanner.valueEnd(start, depth);
    if (node.sets && node.fresh !== undefined) {
      this.#patches.push({ start, end, bytes: encoder.encode(node.fresh) });
    }
    return end;
  }

  /** Takes members out with one comma each: the one before them, or after where no member before them stays. */
  #remove(members: readonly Member[]): void {
    let isFirst = true;
    for (const [index, { start, end, removed }] of members.entries()) {
      if (!removed) isFirst = false;
      else if (!isFirst) this.#cut(members[index - 1]?.end ?? start, end);
      else this.#cut(start, members[index + 1]?.start ?? end);
    }
  }

  #cut(start: number, end: number): void {
    this.#patches.push({ start, end, bytes: NOTHING });
  }

  /** Puts new members behind the last that stays, or behind the opening brace at `start`. */
  #append(start: number, members: readonly Member[], added: readonly string[]): void {
    if (added.length === 0) return;
    const last = members.findLast(({ removed }) => !removed);
    const place = last?.end ?? start + 1;
    const text = added.join(",");
    this.#patches.push({
      start: place,
      end: place,
      bytes: encoder.encode(last === undefined ? text : `,${text}`),
    });
  }

  /** The name that the literal stands for; undefined where no reader could take it for one. */
  #name(start: number, end: number): string | undefined {
    const inner = this.#bytes.subarray(start + 1, end - 1);
    if (!inner.includes(BACKSLASH)) return decoder.decode(inner);
    try {
      const value: unknown = JSON.parse(decoder.decode(this.#bytes.subarray(start, end)));
      return typeof value === "string" ? value : undefined;
    } catch {
      return undefined; // A raw control character.
    }
  }

  #patched(): Uint8Array {
    // What is put in stands before what is cut from the same place on.
    const patches = this.#patches.toSorted((a, b) => a.start - b.start || a.end - b.end);
    const change = patches.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), 0);
    const edited = new Uint8Array(this.#bytes.length + change);
    let from = 0;
    let to = 0;
    for (const { start, end, bytes } of patches) {
      edited.set(this.#bytes.subarray(from, start), to);
      to += start - from;
      edited.set(bytes, to);
      to += bytes.length;
      from = end;
    }
    edited.set(this.#bytes.subarray(from), to);
    return edited;
  }
}
