/** Counts what went wrong and keeps the first. */
export class Failures {
  #count = 0;
  #first: string | undefined;

  note(text: string): void {
    this.#count++;
    this.#first ??= text;
  }

  facts(): { errors: number; firstError: string | undefined } {
    return { errors: this.#count, firstError: this.#first };
  }
}
