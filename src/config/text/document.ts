import { atOnce, type Steps } from "../../core/time/steps.ts";
import { readJsonc, type ReadText, type SyntaxFault } from "./jsonc_reader.ts";
import type { NodeTable } from "./node_table.ts";
import { type Path, type Range, Source } from "./source.ts";

export type { Path, Range };

/** Largest config text, in UTF-16 units; a larger one is generated garbage (secrets belong into key files). */
export const MAX_CONFIG_LENGTH = 16 * 1024 * 1024;

/** Deepest nesting; the schema needs 8 levels, and what reads values below is recursive. */
const MAX_NESTING = 64;

/** Something wrong with the text itself. */
export interface SyntaxProblem {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly path: Path;
}

/** A read JSONC text: its plain value and where each part of it stands. */
export class Document {
  /** As it was given. */
  readonly text: string;
  readonly source: Source;
  /** Plain data without `x-*` members (but those below `set` and `default`), as far as the text could be read. */
  readonly value: unknown;
  readonly problems: readonly SyntaxProblem[];
  /** False when the text is so broken that its value must not be judged. */
  readonly readable: boolean;
  readonly #nodes: NodeTable | undefined;

  private constructor(text: string, source: Source, { value, nodes, problems }: Judged) {
    this.text = text;
    this.source = source;
    this.value = value;
    this.problems = problems;
    this.readable = nodes !== undefined;
    this.#nodes = nodes;
  }

  /** Reads a text. */
  static of(text: string): Document {
    return atOnce(Document.read(text));
  }

  /** {@link of} in steps: a text may have a hundred thousand lines. */
  static *read(text: string): Steps<Document> {
    const source = new Source(text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text);
    yield;
    const unread = notToBeRead(source.text);
    return new Document(text, source, unread ?? judged(yield* readJsonc(source.text, MAX_NESTING)));
  }

  /** Where the value at `path` stands; the first character of the nearest enclosing one when there is none. */
  valueRange(path: Path): Range {
    const place = this.#nodes?.find(path);
    return place?.isThere === true ? place.value : { offset: place?.value.offset ?? 0, length: 1 };
  }

  /** Where the name of the member at `path` stands; undefined when there is no such member. */
  nameRange(path: Path): Range | undefined {
    return this.#nodes?.find(path).name;
  }

  /** Whether the text says something at `path`. */
  has(path: Path): boolean {
    return this.#nodes?.find(path).isThere ?? false;
  }
}

/** What is to be thought of a text. */
interface Judged {
  readonly value: unknown;
  /** Undefined: it is not readable. */
  readonly nodes: NodeTable | undefined;
  readonly problems: readonly SyntaxProblem[];
}

/** Refuses a text that is too long or empty. */
function notToBeRead(text: string): Judged | undefined {
  if (text.length > MAX_CONFIG_LENGTH) {
    return unreadable('the file is larger than 16 MB; keep long lists of keys in key files ("file:PATH")');
  }
  return /\S/.test(text) ? undefined : unreadable("the file is empty; write at least {}");
}

function judged({ value, nodes, faults, twins, tooDeepAt }: ReadText): Judged {
  if (tooDeepAt !== undefined) {
    return unreadable(`nested more than ${MAX_NESTING} levels deep`, tooDeepAt);
  }
  const problems = faults.map(({ fault, offset, length }): SyntaxProblem => {
    return { offset, length, message: SYNTAX_TEXT[fault], path: [] };
  });
  if (!faults.every(({ fault }) => HARMLESS.has(fault))) {
    return { value: undefined, nodes: undefined, problems };
  }
  const message = "this member comes twice; keep one";
  return { value, nodes, problems: [...problems, ...twins.map((twin) => ({ ...twin, message }))] };
}

function unreadable(message: string, offset = 0): Judged {
  return { value: undefined, nodes: undefined, problems: [{ offset, length: 1, message, path: [] }] };
}

/** What jsonc-parser's words mean to someone who edits a file. */
const SYNTAX_TEXT: Readonly<Record<SyntaxFault, string>> = {
  InvalidSymbol: "not a JSON value; text must stand in double quotes",
  InvalidNumberFormat: "not a number",
  PropertyNameExpected: "a member name in double quotes is expected here",
  ValueExpected: "a value is expected here",
  ColonExpected: "a colon is expected here",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: "a closing } is missing",
  CloseBracketExpected: "a closing ] is missing",
  EndOfFileExpected: "nothing may follow the end of the value",
  UnexpectedEndOfComment: "this comment is not closed",
  UnexpectedEndOfString: "this text is not closed; a double quote is missing",
  UnexpectedEndOfNumber: "this number is not complete",
  InvalidUnicode: "not a valid \\u escape",
  InvalidEscapeCharacter: "not a valid escape; a backslash itself is written \\\\",
  InvalidCharacter: "a control character must be written as an escape",
};

/** After these it is still plain what was meant, so that the other problems can be told too. */
const HARMLESS: ReadonlySet<SyntaxFault> = new Set([
  "CommaExpected",
  "InvalidEscapeCharacter",
  "InvalidUnicode",
]);
