import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { Source } from "./source.ts";
import { tokens } from "./tokens.ts";

/** Members and indexes from the top of a document to a place in it. */
export type Path = readonly (string | number)[];

/** Largest config text, in UTF-16 units; a larger one is generated garbage (secrets belong into key files). */
export const MAX_CONFIG_LENGTH = 16 * 1024 * 1024;

/** Deepest nesting; the schema needs 8 levels, the parser's recursion must never decide. */
const MAX_NESTING = 64;

/** Something wrong with the text itself. */
export interface SyntaxProblem {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly path: Path;
}

/** Where something stands in the text. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** A read JSONC text: its plain value and where each part of it stands. */
export class Document {
  readonly source: Source;
  /** Plain data without `x-*` members (but those below `set` and `default`), as far as the text could be read. */
  readonly value: unknown;
  readonly problems: readonly SyntaxProblem[];
  /** False when the text is so broken that its value must not be judged. */
  readonly readable: boolean;
  readonly #root: Node | undefined;

  constructor(text: string) {
    this.source = new Source(text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text);
    const problems: SyntaxProblem[] = [...tooMuch(this.source.text)];
    if (problems.length > 0) {
      this.readable = false;
    } else {
      const errors: ParseError[] = [];
      this.#root = parseTree(this.source.text, errors, { allowTrailingComma: true });
      problems.push(...errors.map((error) => syntaxProblem(error)));
      this.readable = this.#root !== undefined && errors.every((error) => isHarmless(error));
      if (this.readable && this.#root !== undefined) this.value = plainValue(this.#root, [], problems);
    }
    this.problems = problems;
  }

  /** Where the value at `path` stands; the first character of the nearest enclosing one when there is none. */
  valueRange(path: Path): Range {
    let node = this.#root;
    for (const step of path) {
      const next = node && child(node, step)?.value;
      if (next === undefined) return { offset: node?.offset ?? 0, length: 1 };
      node = next;
    }
    return node === undefined ? { offset: 0, length: 1 } : { offset: node.offset, length: node.length };
  }

  /** Where the name of the member at `path` stands; undefined when there is no such member. */
  nameRange(path: Path): Range | undefined {
    let node = this.#root;
    let name: Node | undefined;
    for (const step of path) {
      const found = node && child(node, step);
      if (found === undefined) return undefined;
      name = found.name;
      node = found.value;
    }
    return name && { offset: name.offset, length: name.length };
  }

  /** Whether the text says something at `path`. */
  has(path: Path): boolean {
    let node = this.#root;
    for (const step of path) {
      node = node && child(node, step)?.value;
    }
    return node !== undefined;
  }
}

function child(node: Node, step: string | number): { name?: Node; value?: Node } | undefined {
  if (typeof step === "number") {
    const value = node.type === "array" ? node.children?.[step] : undefined;
    return value && { value };
  }
  if (node.type !== "object") return undefined;
  const property = node.children?.find((member) => member.children?.[0]?.value === step);
  const name = property?.children?.[0];
  const value = property?.children?.[1];
  return name && (value === undefined ? { name } : { name, value });
}

/** Turns a tree into plain data, without `x-*` members that are notes; a member that comes twice is a problem. */
function plainValue(node: Node, path: Path, problems: SyntaxProblem[]): unknown {
  if (node.type === "array") {
    return (node.children ?? []).map((item, at) => plainValue(item, [...path, at], problems));
  }
  if (node.type !== "object") return node.value;
  const members = new Map<string, unknown>();
  for (const property of node.children ?? []) {
    const [name, value] = property.children ?? [];
    if (name === undefined || typeof name.value !== "string") continue;
    if (members.has(name.value)) {
      problems.push({
        offset: name.offset,
        length: name.length,
        message: "this member comes twice; keep one",
        path: [...path, name.value],
      });
    }
    // What edits set are members and header fields of others.
    if (name.value.startsWith("x-") && !path.includes("set") && !path.includes("default")) continue;
    members.set(
      name.value,
      value === undefined ? undefined : plainValue(value, [...path, name.value], problems),
    );
  }
  return Object.fromEntries(members);
}

/** Refuses a text that is too long or nested too deeply, before a recursive parser sees it. */
function tooMuch(text: string): SyntaxProblem[] {
  if (text.length > MAX_CONFIG_LENGTH) {
    const message = 'the file is larger than 16 MB; keep long lists of keys in key files ("file:PATH")';
    return [{ offset: 0, length: 1, message, path: [] }];
  }
  if (text.trim() === "") {
    return [{ offset: 0, length: 1, message: "the file is empty; write at least {}", path: [] }];
  }
  let depth = 0;
  for (const { kind, offset } of tokens(text)) {
    if (kind === "{" || kind === "[") depth++;
    else if (kind === "}" || kind === "]") depth--;
    if (depth > MAX_NESTING) {
      return [{ offset, length: 1, message: `nested more than ${MAX_NESTING} levels deep`, path: [] }];
    }
  }
  return [];
}

/** What jsonc-parser's words mean to someone who edits a file. */
const SYNTAX_TEXT: Readonly<Record<string, string>> = {
  InvalidSymbol: "not a JSON value; text must stand in double quotes",
  InvalidNumberFormat: "not a number",
  PropertyNameExpected: "a member name in double quotes is expected here",
  ValueExpected: "a value is expected here",
  ColonExpected: "a colon is expected here",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: "a closing } is missing",
  CloseBracketExpected: "a closing ] is missing",
  EndOfFileExpected: "nothing may follow the end of the value",
  InvalidCommentToken: "a comment cannot stand here",
  UnexpectedEndOfComment: "this comment is not closed",
  UnexpectedEndOfString: "this text is not closed; a double quote is missing",
  UnexpectedEndOfNumber: "this number is not complete",
  InvalidUnicode: "not a valid \\u escape",
  InvalidEscapeCharacter: "not a valid escape; a backslash itself is written \\\\",
  InvalidCharacter: "a control character must be written as an escape",
};

function syntaxProblem(error: ParseError): SyntaxProblem {
  const message = SYNTAX_TEXT[printParseErrorCode(error.error)] ?? "not valid JSON";
  return { offset: error.offset, length: error.length, message, path: [] };
}

/** After these the parser still sees what was meant, so that the other problems can be told too. */
function isHarmless(error: ParseError): boolean {
  return ["CommaExpected", "InvalidEscapeCharacter", "InvalidUnicode"].includes(
    printParseErrorCode(error.error),
  );
}
