import { inSlices, type Rests, type Steps } from "../../../core/time/steps.ts";
import { prepareSecrets } from "../../../recording/redact.ts";

/** Every credential that must stand in no record and no log line; read by the redactor. */
export class KnownSecrets {
  #all: ReadonlySet<string> = new Set();

  /** Another object when there is anything new. */
  get all(): Iterable<string> {
    return this.#all;
  }

  /** Knows all that is wanted from now on; and what it knew already, as long as nothing is new. Works in slices: there may be fifty thousand. */
  async know(wanted: readonly (readonly string[])[], rests: Rests): Promise<void> {
    const next = await inSlices(union(wanted, this.#all), rests);
    if (next === undefined) return;
    await inSlices(prepareSecrets(next), rests);
    this.#all = next;
  }
}

/** All of the lists; undefined where `known` has all of them. */
function* union(
  lists: readonly (readonly string[])[],
  known: ReadonlySet<string>,
): Steps<ReadonlySet<string> | undefined> {
  const all = new Set<string>();
  let isNew = false;
  for (const list of lists) {
    for (const secret of list) {
      if (!known.has(secret)) isNew = true;
      all.add(secret);
      yield;
    }
  }
  return isNew ? all : undefined;
}
