/** Work that may be done at once or piece by piece: it yields wherever others may take their turn. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** When work is to give way. */
export interface Rests {
  /** It has gone on for long enough. */
  readonly isDue: boolean;
  /** Resolves when it may go on. */
  rest(): Promise<void>;
}

/** Does all of it before anybody else runs. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Does it with rests between steps when they are due; what a step throws it rejects with. */
export async function inSlices<T>(steps: Steps<T>, rests: Rests): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    // No promise is made for nothing: there may be a hundred thousand steps.
    if (rests.isDue) await rests.rest();
  }
}
