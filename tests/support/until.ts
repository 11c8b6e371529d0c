/** Longest wait for a condition; a test that needs more is stuck. */
const DEADLINE_MS = 10_000;

/** Resolves once `condition` holds, looking every few milliseconds; rejects, naming `what`, after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  while (!await condition()) {
    if (performance.now() > endMs) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
