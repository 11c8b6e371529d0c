/**
 * A credential that cannot be printed by accident: string conversion, JSON and inspection show a mask. The
 * value leaves only through {@link Secret.reveal}, which is called where a header is built and nowhere else.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The credential itself. */
  reveal(): string {
    return this.#value;
  }

  /** `***` and the last four characters, or `***` alone when the value is so short that four would tell it. */
  mask(): string {
    return this.#value.length >= 16 ? `***${this.#value.slice(-4)}` : "***";
  }

  /** {@link mask}, for string conversion. */
  toString(): string {
    return this.mask();
  }

  /** {@link mask}, for `JSON.stringify`. */
  toJSON(): string {
    return this.mask();
  }

  /** {@link mask}, for `console.log` and `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.mask();
  }

  /** {@link mask}, for `node:util`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.mask();
  }
}
