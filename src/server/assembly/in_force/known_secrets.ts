import { inSlices, type Rests, type Steps } from "../../../core/time/steps.ts";
import { prepareSecrets } from "../../../recording/redact.ts";

/**
 * Secrets that are remembered after they left the config and the store: a request may use its generation for hours,
 * while keys change many times. Enough for a pool of 20,000 keys that is replaced twice meanwhile; those that left
 * first are forgotten first.
 */
export const MAX_FORMER_SECRETS = 50_000;

/** Secrets looked at between two steps: far less than a millisecond. */
const SECRETS_A_STEP = 64;

/** Every credential that must stand in no record and no log line; read by the redactor. */
export class KnownSecrets {
  #all: ReadonlySet<string> = new Set();

  /** Another object when there is anything new. */
  get all(): Iterable<string> {
    return this.#all;
  }

  /**
   * Knows all that is wanted from now on, beside what was wanted before, up to {@link MAX_FORMER_SECRETS}. Works in
   * slices: there may be fifty thousand.
   */
  async know(wanted: readonly (readonly string[])[], rests: Rests): Promise<void> {
    const next = await inSlices(union(wanted, this.#all), rests);
    if (next === undefined) return;
    await inSlices(prepareSecrets(next), rests);
    this.#all = next;
  }
}

/** What is known and what is wanted, the longest unwanted first; undefined where `known` has all that is wanted. */
function* union(
  lists: readonly (readonly string[])[],
  known: ReadonlySet<string>,
): Steps<ReadonlySet<string> | undefined> {
  const wanted = new Set<string>();
  let former = known.size;
  for (const list of lists) {
    for (const secret of list) {
      if (!wanted.has(secret) && known.has(secret)) former--;
      wanted.add(secret);
      if (wanted.size % SECRETS_A_STEP === 0) yield;
    }
  }
  // Each one wanted is either known or new: as many known ones as wanted ones leave no new one.
  if (known.size - former === wanted.size) return undefined;
  const all = new Set<string>();
  let surplus = former - MAX_FORMER_SECRETS;
  let steps = 0;
  for (const secret of known) {
    if (++steps % SECRETS_A_STEP === 0) yield;
    if (wanted.has(secret) || surplus-- > 0) continue;
    all.add(secret);
  }
  for (const secret of wanted) {
    all.add(secret);
    if (++steps % SECRETS_A_STEP === 0) yield;
  }
  return all;
}
