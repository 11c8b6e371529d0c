import type { Config } from "../../../config/config.ts";

/** What {@link GenerationTurns} works with. */
export interface TurnParts {
  /** Builds a generation of the config and puts it in force. */
  readonly turn: (config: Config) => Promise<void>;
  /** A turn that nobody waits for could not be made; the generation before stays. */
  readonly failed: (error: unknown) => void;
}

/**
 * Puts configs in force one after the other, since building one takes many turns of the event loop. Changes of
 * keys alone go with the config in force, and all that come while one is waiting are one.
 */
export class GenerationTurns {
  readonly #parts: TurnParts;
  #config: Config;
  #last: Promise<unknown> = Promise.resolve();
  #refresh: Promise<void> | undefined;
  #isClosed = false;

  /** `config`: the first, not yet in force. */
  constructor(config: Config, parts: TurnParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** The config in force, as its file has it. */
  get config(): Config {
    return this.#config;
  }

  /**
   * Puts a config in force after those before it, and then calls `follow`; rejects as the turn does, and then the one
   * before stays.
   */
  apply(config: Config, follow: () => void = () => {}): Promise<void> {
    return this.#after(async () => {
      await this.#parts.turn(config);
      this.#config = config;
      follow();
    });
  }

  /** Builds the config in force anew. */
  refresh(): Promise<void> {
    this.#refresh ??= this.#after(async () => {
      this.#refresh = undefined;
      await this.#parts.turn(this.#config);
    });
    return this.#refresh;
  }

  /** {@link refresh} for whom nobody waits: what fails is told to `failed`. */
  refreshUnasked(): void {
    // What is refused because all ends is no failure.
    this.refresh().catch((error) => {
      if (!this.#isClosed) this.#parts.failed(error);
    });
  }

  /** Resolves when the turn under way is over. Those that wait, and those that come, are refused with `RangeError`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  #after(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(() => {
      if (this.#isClosed) throw new RangeError("The gateway is closing: its configuration changes no more");
      return work();
    });
    this.#last = done.catch(() => {});
    return done;
  }
}
