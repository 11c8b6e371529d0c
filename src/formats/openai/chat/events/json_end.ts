const QUOTE = '"';
const ESCAPE = "\\";

/** Watches the text of one JSON object or list come in pieces, to know when it is whole. */
export class JsonEnd {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #closed = false;

  /** Whether the outermost bracket has been closed. */
  get reached(): boolean {
    return this.#closed && this.#depth === 0;
  }

  push(text: string): void {
    for (const letter of text) {
      if (this.#inString) this.#inText(letter);
      else if (letter === QUOTE) this.#inString = true;
      else if (letter === "{" || letter === "[") this.#depth++;
      else if (letter === "}" || letter === "]") {
        this.#depth--;
        this.#closed = true;
      }
    }
  }

  #inText(letter: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (letter === ESCAPE) this.#escaped = true;
    else if (letter === QUOTE) this.#inString = false;
  }
}
