/** A place in a text, both counted from 1; columns in UTF-16 units, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Members and indexes from the top of a document to a place in it. */
export type Path = readonly (string | number)[];

/** Where something stands in the text. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** A text that knows its lines. */
export class Source {
  readonly text: string;
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  /** Where the character at `offset` stands. */
  position(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }

  /** Offsets of a line's first character and of its end, the line break left out. */
  line(number: number): { readonly start: number; readonly end: number } {
    const start = this.#starts[number - 1] ?? this.text.length;
    const next = this.#starts[number];
    let end = next === undefined ? this.text.length : next - 1;
    if (end > start && this.text[end - 1] === "\r") end--;
    return { start, end };
  }
}
