/** How long a start may take, in milliseconds. */
const START_LIMIT_MS = 60_000;

/** Asks until the answer is 200. Rejects after a minute, or as soon as the process has ended. */
export async function firstAnswer(url: string, ended: Promise<number>): Promise<void> {
  const endMs = performance.now() + START_LIMIT_MS;
  let isOver = false;
  void ended.then(() => isOver = true);
  for (;;) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      await answer.body?.cancel();
      if (answer.ok) return;
    } catch { /* it does not listen yet */ }
    if (isOver) throw new Error(`${url}: the process ended`);
    if (performance.now() > endMs) throw new Error(`${url}: no answer in ${START_LIMIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
