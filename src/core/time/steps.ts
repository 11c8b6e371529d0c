/** Work that may be done at once or piece by piece: it yields wherever others may take their turn. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all of it before anybody else runs. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Does it with `rest` awaited between any two steps; what a step throws it rejects with. */
export async function inSlices<T>(steps: Steps<T>, rest: () => Promise<void>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await rest();
  }
}
