import type { Config } from "../../../config/config.ts";

/** What a turn does: builds a generation of the config and puts it in force. */
export type Turn = (config: Config) => Promise<void>;

/**
 * Puts configs in force one after the other, since building one takes many turns of the event loop. Changes of
 * keys alone go with the config in force, and all that come while one is waiting are one.
 */
export class GenerationTurns {
  readonly #turn: Turn;
  #config: Config;
  #last: Promise<unknown> = Promise.resolve();
  #refresh: Promise<void> | undefined;

  /** `config`: the first, not yet in force. */
  constructor(config: Config, turn: Turn) {
    this.#config = config;
    this.#turn = turn;
  }

  /** The config in force, as its file has it. */
  get config(): Config {
    return this.#config;
  }

  /** Puts a config in force after those before it; rejects as the turn does, and then the one before stays. */
  apply(config: Config): Promise<void> {
    return this.#after(async () => {
      await this.#turn(config);
      this.#config = config;
    });
  }

  /** Builds the config in force anew. */
  refresh(): Promise<void> {
    this.#refresh ??= this.#after(async () => {
      this.#refresh = undefined;
      await this.#turn(this.#config);
    });
    return this.#refresh;
  }

  #after(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
