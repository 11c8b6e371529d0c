/** What the process does when it is signalled. */
export interface SignalActions {
  /** First SIGTERM or SIGINT: finish what is under way, then exit. */
  readonly drain: (signal: "SIGTERM" | "SIGINT") => void;
  /** Second one: exit now with this code (128 and the signal's number). */
  readonly exit: (code: number) => void;
  /** SIGHUP: read the config again. */
  readonly reload: () => void;
}

/** Listens to and forgets signals; `Deno` has both functions. */
export interface SignalSource {
  addSignalListener(signal: Deno.Signal, listener: () => void): void;
  removeSignalListener(signal: Deno.Signal, listener: () => void): void;
}

const EXIT_CODES = { SIGTERM: 143, SIGINT: 130 } as const;

/**
 * Starts to act on SIGTERM, SIGINT and SIGHUP; returns the function that stops it. A signal that the platform
 * does not know (Windows has no SIGTERM to listen to) is left out.
 */
export function actOnSignals(actions: SignalActions, source: SignalSource = Deno): () => void {
  const removals: (() => void)[] = [];
  const on = (signal: Deno.Signal, act: () => void) => {
    try {
      source.addSignalListener(signal, act);
      removals.push(() => source.removeSignalListener(signal, act));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  };
  let isDraining = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    on(signal, () => {
      if (isDraining) return actions.exit(EXIT_CODES[signal]);
      isDraining = true;
      actions.drain(signal);
    });
  }
  on("SIGHUP", actions.reload);
  return () => {
    for (const remove of removals) remove();
  };
}
