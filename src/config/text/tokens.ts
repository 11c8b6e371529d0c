import { createScanner } from "jsonc-parser";

/** What a token is: punctuation by its own sign, a keyword or value by its kind; `unknown` is no JSON at all. */
export type TokenKind =
  | "{"
  | "}"
  | "["
  | "]"
  | ","
  | ":"
  | "keyword"
  | "string"
  | "number"
  | "comment"
  | "unknown";

/** One token of a JSONC text. */
export interface Token {
  readonly kind: TokenKind;
  readonly offset: number;
  readonly length: number;
}

/**
 * jsonc-parser's `SyntaxKind`, in its order from 0. Its own enum is a `const enum`, which TypeScript refuses to
 * import where files are compiled one at a time. Undefined: white space.
 */
export const KINDS: readonly (TokenKind | undefined)[] = [
  undefined,
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "keyword",
  "keyword",
  "keyword",
  "string",
  "number",
  "comment",
  "comment",
  undefined,
  undefined,
  "unknown",
];

/** `SyntaxKind.EOF` of jsonc-parser. */
export const END_OF_FILE = 17;

/** The tokens of a JSONC text in order, white space left out; comments and what is no JSON at all included. */
export function* tokens(text: string): Generator<Token> {
  const scanner = createScanner(text, false);
  for (let syntax: number = scanner.scan(); syntax !== END_OF_FILE; syntax = scanner.scan()) {
    const kind = KINDS[syntax];
    if (kind !== undefined) {
      yield { kind, offset: scanner.getTokenOffset(), length: scanner.getTokenLength() };
    }
  }
}
