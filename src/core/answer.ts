/** What the vendor says an answer cost, in tokens, each vendor's way of counting made one: totals include their parts. */
export interface Usage {
  /** All input tokens, cached ones included. */
  readonly inputTokens: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
}

/** What can be read out of a whole answer. */
export interface AnswerFacts {
  readonly usage?: Usage;
  /** The model the vendor says it used. */
  readonly model?: string;
  /** The vendor's finish reason, in its own word; of the first choice. */
  readonly finish?: string;
}

/** A streamed answer put together again. */
export interface AssembledAnswer extends AnswerFacts {
  /** JSON text of the format's own non-streamed object: reasoning, tool calls, refusals and finish reasons kept, numbers as they came. */
  readonly body: string;
}
