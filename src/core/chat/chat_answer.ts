import type { JsonObject } from "../bytes/exact_json.ts";
import type { ChatPart, OpaqueSignature } from "./chat_part.ts";

/** Token counts in the hub's way: totals include their parts (`protocols.md` §9 tells each vendor's arithmetic). */
export interface ChatUsage {
  /** All input, cached and cache-written tokens included. */
  readonly inputTokens: number;
  /** All output, reasoning included. */
  readonly outputTokens: number;
  readonly cachedInputTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/**
 * Why an answer ended. `context` is Anthropic's `model_context_window_exceeded`, told as `length` elsewhere;
 * `pause` its `pause_turn`, told as `stop` elsewhere.
 */
export type ChatFinish = "stop" | "length" | "tool_calls" | "content_filter" | "context" | "pause";

/** Log probabilities of one token; `bytes` where the vendor tells them. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[] | undefined;
  readonly top: readonly Omit<TokenLogprob, "top">[];
}

/** One of the answers to a request. */
export interface ChatChoice {
  readonly index: number;
  /** In the vendor's order: reasoning, text, tool calls, refusals. */
  readonly parts: readonly ChatPart[];
  readonly finish: ChatFinish;
  /** The stop sequence that ended it, where the vendor tells. */
  readonly stopSequence?: string | undefined;
  readonly logprobs?: readonly TokenLogprob[] | undefined;
}

/** A whole answer. */
export interface ChatAnswer {
  /** The vendor's own id of the answer; writers mint one in their format's style where they must. */
  readonly id: string | undefined;
  /** The model the vendor says it used. */
  readonly model: string | undefined;
  readonly choices: readonly ChatChoice[];
  readonly usage?: ChatUsage | undefined;
  /** Members that only the format that read them knows. */
  readonly native?: { readonly format: string; readonly members: JsonObject } | undefined;
}

/**
 * One step of a streamed answer. For each choice: parts in any order, then `finish`; `usage` and `end` once for
 * all. `call` counts a choice's tool calls from 0 without gaps; arguments of several calls may interleave, and a
 * call is complete with its `tool_end` (readers always send it, at the latest before `finish`).
 */
export type ChatEvent =
  | { readonly kind: "start"; readonly id?: string | undefined; readonly model?: string | undefined }
  | { readonly kind: "text"; readonly choice: number; readonly text: string }
  | { readonly kind: "reasoning"; readonly choice: number; readonly text: string }
  /** Closes the reasoning before it; `redacted`: there was none to show. */
  | {
    readonly kind: "reasoning_end";
    readonly choice: number;
    readonly signature?: OpaqueSignature | undefined;
    readonly redacted?: boolean | undefined;
    readonly id?: string | undefined;
  }
  | { readonly kind: "refusal"; readonly choice: number; readonly text: string }
  | {
    readonly kind: "tool_start";
    readonly choice: number;
    readonly call: number;
    readonly id: string;
    readonly name: string;
    readonly custom?: boolean | undefined;
    readonly signature?: OpaqueSignature | undefined;
  }
  | { readonly kind: "tool_arguments"; readonly choice: number; readonly call: number; readonly text: string }
  | { readonly kind: "tool_end"; readonly choice: number; readonly call: number }
  | { readonly kind: "logprobs"; readonly choice: number; readonly tokens: readonly TokenLogprob[] }
  | {
    readonly kind: "finish";
    readonly choice: number;
    readonly finish: ChatFinish;
    readonly stopSequence?: string | undefined;
  }
  /** Totals so far; of several the last counts, member by member. */
  | { readonly kind: "usage"; readonly usage: ChatUsage }
  /** The stream came to its own end. After it nothing follows. */
  | { readonly kind: "end" };
