/** What the vendor says an answer cost, in tokens, each vendor's way of counting made one: totals include their parts. */
export interface Usage {
  /** All input tokens, cached ones included. */
  readonly inputTokens: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteTokens?: number;
  /** Of {@link cacheWriteTokens}, those that are kept for an hour and not for minutes. */
  readonly longCacheWriteTokens?: number;
  readonly reasoningTokens?: number;
  /** Parts of the totals that vendors price apart from text. */
  readonly audioInputTokens?: number;
  readonly imageInputTokens?: number;
  readonly audioOutputTokens?: number;
  readonly imageOutputTokens?: number;
}

/**
 * Where a count of tokens comes from: `reported`, the vendor's final numbers (or its refusal, which costs nothing);
 * `partial`, what it had told before the answer broke off; `estimated`, our own guess by the bytes that went by.
 */
export type Provenance = "reported" | "partial" | "estimated";

/** What can be read out of a whole answer. */
export interface AnswerFacts {
  readonly usage?: Usage;
  /** The model the vendor says it used. */
  readonly model?: string;
  /** The vendor's finish reason, in its own word; of the first choice. */
  readonly finish?: string;
  /** The service tier it was served in, in the vendor's word, where the vendor tells. */
  readonly vendorTier?: string;
}

/** A streamed answer put together again. */
export interface AssembledAnswer extends AnswerFacts {
  /** JSON text of the format's own non-streamed object: reasoning, tool calls, refusals and finish reasons kept, numbers as they came. */
  readonly body: string;
}
