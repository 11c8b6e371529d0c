import { spells } from "./spelling.ts";

/** Most elements of a list that are noted: its first. */
export const MAX_NOTED_ELEMENTS = 32;

/** Where a list opens, and where each of its elements ends. */
export const MAX_MARKS = MAX_NOTED_ELEMENTS + 1;

/** Takes down where the elements of one top-level array stand while a `JsonScanner` passes over them. */
export class ElementMarks {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  #marks: number[] = [];

  /** `name`: of the member, in ASCII; one that is spelt with escapes is not seen. */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  /**
   * Where the scanner is to leave the places of the array's own commas and its end, when the value at `valueStart`
   * is the array; undefined: it need not. Of two arrays of that name the last counts.
   */
  marksOf(nameStart: number, nameEnd: number, valueStart: number): number[] | undefined {
    const isList = this.#bytes[valueStart] === 0x5b && nameEnd - nameStart === this.#name.length + 2 &&
      spells(this.#bytes, nameStart + 1, this.#name);
    return isList ? this.#marks = [valueStart] : undefined;
  }

  /** The array's first elements, without the white space around them. */
  elements(): { start: number; end: number }[] {
    const elements: { start: number; end: number }[] = [];
    for (let mark = 1; mark < this.#marks.length; mark++) {
      let start = (this.#marks[mark - 1] ?? 0) + 1;
      let end = this.#marks[mark] ?? 0;
      while (start < end && (this.#bytes[start] ?? 0) <= 0x20) start++;
      while (end > start && (this.#bytes[end - 1] ?? 0) <= 0x20) end--;
      if (end > start) elements.push({ start, end });
    }
    return elements;
  }
}
