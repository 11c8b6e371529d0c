import { createScanner, type JSONScanner } from "jsonc-parser";
import type { Steps } from "../../core/time/steps.ts";
import { NodeTable } from "./node_table.ts";
import type { Path } from "./source.ts";
import { END_OF_FILE, KINDS, type TokenKind } from "./tokens.ts";

/** What may be wrong with a text, by jsonc-parser's names for it. */
export type SyntaxFault =
  | "InvalidSymbol"
  | "InvalidNumberFormat"
  | "PropertyNameExpected"
  | "ValueExpected"
  | "ColonExpected"
  | "CommaExpected"
  | "CloseBraceExpected"
  | "CloseBracketExpected"
  | "EndOfFileExpected"
  | ScanFault;

/** What its scanner finds wrong with one token. */
type ScanFault =
  | "UnexpectedEndOfComment"
  | "UnexpectedEndOfString"
  | "UnexpectedEndOfNumber"
  | "InvalidUnicode"
  | "InvalidEscapeCharacter"
  | "InvalidCharacter";

/** jsonc-parser's `ScanError`, in its order from 0: a `const enum`, as its `SyntaxKind` is. */
const SCAN_FAULTS: readonly (ScanFault | undefined)[] = [
  undefined,
  "UnexpectedEndOfComment",
  "UnexpectedEndOfString",
  "UnexpectedEndOfNumber",
  "InvalidUnicode",
  "InvalidEscapeCharacter",
  "InvalidCharacter",
];

/** A fault and where. */
export interface FoundFault {
  readonly fault: SyntaxFault;
  readonly offset: number;
  readonly length: number;
}

/** A name that stands in its object already, where it comes again. */
export interface FoundTwin {
  readonly offset: number;
  readonly length: number;
  readonly path: Path;
}

/** What a text holds. */
export interface ReadText {
  /** Plain data without `x-*` members (but those below `set` and `default`). */
  readonly value: unknown;
  readonly nodes: NodeTable;
  readonly faults: readonly FoundFault[];
  readonly twins: readonly FoundTwin[];
  /** Where the nesting passes all bounds; nothing was read any further. */
  readonly tooDeepAt: number | undefined;
}

/** Members read between two steps: far less than a millisecond. */
const MEMBERS_A_STEP = 64;

/** An object or a list that is not closed yet. */
interface Open {
  readonly node: number;
  readonly list: unknown[] | undefined;
  readonly members: Record<string, unknown> | undefined;
  /** It is a note, or in one. */
  readonly isNote: boolean;
  /** `x-*` members in it are no notes. */
  readonly isOthers: boolean;
  /** Where a value that comes next goes: the name, or the index. */
  at: string | number;
  isNoteNext: boolean;
  needsComma: boolean;
}

/**
 * Reads a JSONC text in steps: values, places and faults in one pass over jsonc-parser's tokens. Goes on after a fault
 * as jsonc-parser does, so that one slip does not hide the next (a test holds the two together).
 */
export function* readJsonc(text: string, maxNesting: number): Steps<ReadText> {
  const reader = new JsoncReader(text, maxNesting);
  let members = 0;
  while (reader.more()) {
    if (++members % MEMBERS_A_STEP === 0) yield;
  }
  return reader.result();
}

class JsoncReader {
  readonly #scanner: JSONScanner;
  readonly #nodes: NodeTable;
  readonly #maxNesting: number;
  readonly #open: Open[] = [];
  readonly #faults: FoundFault[] = [];
  readonly #twins: FoundTwin[] = [];
  #token: TokenKind | "end" = "end";
  #value: unknown;
  #hasBegun = false;
  #tooDeepAt: number | undefined;

  constructor(text: string, maxNesting: number) {
    this.#scanner = createScanner(text, false);
    this.#nodes = new NodeTable(text);
    this.#maxNesting = maxNesting;
  }

  result(): ReadText {
    this.#nodes.trim();
    return {
      ...{ value: this.#value, nodes: this.#nodes, tooDeepAt: this.#tooDeepAt },
      ...{ faults: this.#faults, twins: this.#twins },
    };
  }

  /** Reads one member or element, or one bracket; false when all is read. */
  more(): boolean {
    if (this.#tooDeepAt !== undefined) return false;
    const open = this.#open.at(-1);
    if (open !== undefined) {
      this.#inside(open);
      return true;
    }
    if (this.#hasBegun) {
      if (this.#token !== "end") this.#fault("EndOfFileExpected");
      return false;
    }
    this.#hasBegun = true;
    this.#next();
    const hasValue = this.#beginValue();
    if (!hasValue) this.#fault("ValueExpected");
    return hasValue;
  }

  #inside(open: Open): void {
    const close = open.list === undefined ? "}" : "]";
    if (this.#token === close || this.#token === "end") return this.#close(open, close);
    if (this.#token === ",") {
      if (!open.needsComma) this.#fault("ValueExpected");
      if (this.#next() === close) return this.#close(open, close);
    } else if (open.needsComma) this.#fault("CommaExpected");
    open.needsComma = true;
    if (open.members === undefined) {
      if (typeof open.at === "number") open.at++;
      if (!this.#beginValue()) this.#fault("ValueExpected", [], [close, ","]);
    } else if (this.#token === "string") this.#member(open, open.members);
    else {
      this.#fault("PropertyNameExpected", [], ["}", ","]);
      this.#fault("ValueExpected", [], ["}", ","]);
    }
  }

  #member(open: Open, members: Record<string, unknown>): void {
    const name = this.#scanner.getTokenValue();
    const offset = this.#scanner.getTokenOffset();
    const length = this.#scanner.getTokenLength();
    this.#nodes.add(offset, length);
    open.at = name;
    // What edits set are members and header fields of others.
    open.isNoteNext = open.isNote || (name.startsWith("x-") && !open.isOthers);
    if (!open.isNoteNext && Object.hasOwn(members, name)) {
      this.#twins.push({ offset, length, path: this.#open.map(({ at }) => at) });
    }
    if (this.#next() !== ":") return this.#fault("ColonExpected", [], ["}", ","]);
    this.#next();
    if (!this.#beginValue()) this.#fault("ValueExpected", [], ["}", ","]);
  }

  /** Takes a value, or the bracket that opens one; false where none stands. */
  #beginValue(): boolean {
    const offset = this.#scanner.getTokenOffset();
    switch (this.#token) {
      case "{":
      case "[":
        this.#begin(this.#token === "[", offset);
        break;
      case "string":
        this.#put(this.#scanner.getTokenValue());
        break;
      case "number":
        this.#put(this.#number());
        break;
      case "keyword":
        this.#put(KEYWORDS.get(this.#scanner.getTokenValue()) ?? null);
        break;
      default:
        return false;
    }
    if (this.#tooDeepAt === undefined) this.#next();
    return true;
  }

  #number(): number {
    const value = Number(this.#scanner.getTokenValue());
    if (!Number.isNaN(value)) return value;
    this.#fault("InvalidNumberFormat");
    return 0;
  }

  #begin(isList: boolean, offset: number): void {
    if (this.#open.length === this.#maxNesting) {
      this.#tooDeepAt = offset;
      return;
    }
    const above = this.#open.at(-1);
    const list: unknown[] | undefined = isList ? [] : undefined;
    const members: Record<string, unknown> | undefined = isList ? undefined : {};
    this.#place(list ?? members);
    const isNote = above?.isNoteNext ?? false;
    this.#open.push({
      node: this.#nodes.add(offset, 1),
      list,
      members,
      isNote,
      isOthers: above !== undefined && (above.isOthers || above.at === "set" || above.at === "default"),
      at: isList ? -1 : "",
      isNoteNext: isNote,
      needsComma: false,
    });
  }

  #put(value: unknown): void {
    this.#nodes.add(this.#scanner.getTokenOffset(), this.#scanner.getTokenLength());
    this.#place(value);
  }

  #place(value: unknown): void {
    const open = this.#open.at(-1);
    if (open === undefined) this.#value = value;
    else if (open.list !== undefined) open.list.push(value);
    else if (open.members !== undefined && !open.isNoteNext) {
      const name = `${open.at}`;
      if (name !== "__proto__") open.members[name] = value;
      else {Object.defineProperty(open.members, name, {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });}
    }
  }

  #close(open: Open, close: "}" | "]"): void {
    this.#nodes.close(open.node, this.#scanner.getTokenOffset() + this.#scanner.getTokenLength());
    if (this.#token === close) this.#next();
    else this.#fault(close === "}" ? "CloseBraceExpected" : "CloseBracketExpected", [close]);
    this.#open.pop();
  }

  /** Goes on to the next token that counts; of what is none it says so. */
  #next(): TokenKind | "end" {
    for (;;) {
      const syntax: number = this.#scanner.scan();
      const fault = SCAN_FAULTS[this.#scanner.getTokenError()];
      if (fault !== undefined) this.#fault(fault);
      const kind = syntax === END_OF_FILE ? "end" : KINDS[syntax];
      if (kind === "unknown") this.#fault("InvalidSymbol");
      else if (kind !== undefined && kind !== "comment") return this.#token = kind;
    }
  }

  /** Notes a fault where the token stands; steps over all up to one of `before`, or past one of `after`. */
  #fault(fault: SyntaxFault, after: readonly TokenKind[] = [], before: readonly TokenKind[] = []): void {
    const offset = this.#scanner.getTokenOffset();
    this.#faults.push({ fault, offset, length: this.#scanner.getTokenLength() });
    if (after.length + before.length === 0) return;
    while (this.#token !== "end" && !before.includes(this.#token)) {
      const isLast = after.includes(this.#token);
      this.#next();
      if (isLast) return;
    }
  }
}

const KEYWORDS = new Map<string, unknown>([["true", true], ["false", false], ["null", null]]);
