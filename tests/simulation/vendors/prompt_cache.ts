/** The beginning of a prompt up to the end of one of its messages. */
export interface Prefix {
  /** Stands for every byte of it. */
  readonly digest: string;
  /** Its length. */
  readonly tokens: number;
}

/** How long a vendor keeps a prefix after its last use; OpenAI and Anthropic both name five minutes. */
const CACHE_TTL_MS = 300_000;

/** What one organisation's prompts left in the vendor's cache. */
export class PromptCache {
  readonly #usedMs = new Map<string, number>();

  /** Serves a prompt: the number of its tokens that were there; all of it is there afterwards. */
  use(prefixes: readonly Prefix[], nowMs: number): number {
    let cached = 0;
    for (const { digest, tokens } of prefixes) {
      const lastMs = this.#usedMs.get(digest);
      if (lastMs !== undefined && nowMs - lastMs < CACHE_TTL_MS) cached = tokens;
      this.#usedMs.set(digest, nowMs);
    }
    return cached;
  }
}
