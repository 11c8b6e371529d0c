/** Watches how late the event loop is while it is open. */
export interface LoopStalls {
  /** Stops watching; each stall in milliseconds, shortest first. */
  stop(): Promise<readonly number[]>;
}

/** How often it looks, in milliseconds. */
const STEP_MS = 2;

/** Begins to watch. */
export function loopStalls(): LoopStalls {
  const stalls: number[] = [];
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const beganMs = performance.now();
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      stalls.push(performance.now() - beganMs - STEP_MS);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return stalls.sort((a, b) => a - b);
    },
  };
}

/** The value that `share` (0 to 1) of the sorted values do not exceed. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
