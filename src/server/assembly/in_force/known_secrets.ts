import { atOnce, inSlices, type Rests, type Steps } from "../../../core/time/steps.ts";
import { SecretIndex } from "../../../recording/redaction/secret_index.ts";

/**
 * Secrets that are remembered after they left the config and the store: a request may use its generation for hours,
 * while keys change many times. Enough for a pool of 20,000 keys that is replaced twice meanwhile; those that left
 * first are forgotten first.
 */
export const MAX_FORMER_SECRETS = 50_000;

/** Secrets looked at between two steps: far less than a millisecond. */
const SECRETS_A_STEP = 64;

/** In how many places of the wanted lists a secret stands; 0 for a former one. */
interface Use {
  count: number;
}

/** Every credential that must stand in no record and no log line; read by the redactor. */
export class KnownSecrets {
  /** Finds all of {@link #uses}, and what was forgotten since it was made. */
  #index = atOnce(SecretIndex.of([]));
  /** There was no room for a secret in the index. */
  #isOutgrown = false;
  /** Secrets in the index that are known no more. */
  #forgotten = 0;
  readonly #wanted = new Set<readonly string[]>();
  readonly #uses = new Map<string, Use>();
  /** Known ones that are in no wanted list, the longest unwanted first. */
  readonly #former = new Set<string>();

  /** Finds every known secret; grows, and is now and then another object. */
  get index(): SecretIndex {
    return this.#index;
  }

  /**
   * Knows all that is wanted from now on, beside what was wanted before, up to {@link MAX_FORMER_SECRETS}; the index
   * finds it when this resolves. Works in slices, on the lists alone that came or went since the last call: there may
   * be fifty thousand secrets. A list must never change once it was handed in, and a call follows the end of the last.
   */
  know(wanted: readonly (readonly string[])[], rests: Rests): Promise<void> {
    return inSlices(this.#know(new Set(wanted)), rests);
  }

  *#know(wanted: ReadonlySet<readonly string[]>): Steps<void> {
    // All that come before any that goes: what a new list has in common with an old one is never a former secret.
    for (const list of wanted) if (!this.#wanted.has(list)) yield* this.#want(list);
    for (const list of this.#wanted) if (!wanted.has(list)) yield* this.#unwant(list);
    yield* this.#forget();
    // A forgotten secret stays in the index until this: taking it out would leave its bits in the bit set anyway.
    if (!this.#isOutgrown && this.#forgotten <= MAX_FORMER_SECRETS) return;
    this.#index = yield* SecretIndex.of(this.#uses.keys());
    this.#isOutgrown = false;
    this.#forgotten = 0;
  }

  *#want(list: readonly string[]): Steps<void> {
    let steps = 0;
    for (const secret of list) {
      const use = this.#uses.get(secret);
      if (use === undefined) {
        this.#uses.set(secret, { count: 1 });
        this.#isOutgrown ||= !this.#index.add(secret);
      } else if (use.count++ === 0) this.#former.delete(secret);
      if (++steps % SECRETS_A_STEP === 0) yield;
    }
    this.#wanted.add(list);
  }

  *#unwant(list: readonly string[]): Steps<void> {
    this.#wanted.delete(list);
    let steps = 0;
    for (const secret of list) {
      const use = this.#uses.get(secret);
      if (use !== undefined && --use.count === 0) this.#former.add(secret);
      if (++steps % SECRETS_A_STEP === 0) yield;
    }
  }

  *#forget(): Steps<void> {
    for (const secret of this.#former) {
      if (this.#former.size <= MAX_FORMER_SECRETS) return;
      this.#former.delete(secret);
      this.#uses.delete(secret);
      if (++this.#forgotten % SECRETS_A_STEP === 0) yield;
    }
  }
}
