/**
 * Text from a record as it may be shown on a terminal: what a terminal would obey (escape sequences, other control
 * characters, marks that turn the writing direction) is shown as `\xNN` or `\u{NNNN}`. Line feeds and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replaceAll(OBEYED, (character) => {
    if (character === "\n" || character === "\t") return character;
    const code = character.charCodeAt(0);
    const hex = code.toString(16).padStart(2, "0");
    return code <= 0xff ? `\\x${hex}` : `\\u{${hex}}`;
  });
}

/** A JSON line as it may be shown on a terminal: the same JSON value, with those characters as escapes. */
export function visibleJson(line: string): string {
  return line.replaceAll(
    OBEYED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** C0, DEL and C1 control characters; bidirectional marks, embeddings, overrides and isolates (CVE-2021-42574). */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
