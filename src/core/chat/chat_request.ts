import type { JsonObject } from "../bytes/exact_json.ts";
import type { CacheMark, ChatPart, TextPart } from "./chat_part.ts";

/**
 * One turn of a conversation. `system` is an instruction in the middle of it (leading ones are in
 * {@link ChatRequest.system}); tool results stand in `user` turns. Several turns of one role may follow each
 * other: a writer whose vendor forbids that joins them.
 */
export interface ChatTurn {
  readonly role: "system" | "user" | "assistant";
  readonly parts: readonly ChatPart[];
  /** Name of the speaker (OpenAI's `name`). */
  readonly name?: string | undefined;
  /** Members of the turn that the hub has no word for; see `PartBase.native`. */
  readonly native?: { readonly format: string; readonly members: JsonObject } | undefined;
}

/** A tool that the model may ask for. */
export interface ChatTool {
  /** `function` takes JSON; `custom` free text (OpenAI); `native` runs at the vendor and is known to one format alone. */
  readonly kind: "function" | "custom" | "native";
  /** As the client names it; a Responses namespace is flattened to `namespace__name`. */
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments; undefined: it takes none. */
  readonly parameters?: JsonObject | undefined;
  readonly strict?: boolean | undefined;
  readonly cache?: CacheMark | undefined;
  /** The namespace it was flattened out of. */
  readonly namespace?: string | undefined;
  /** The whole tool in its own format, for `native` and `custom`; else members the hub has no word for. */
  readonly native?: { readonly format: string; readonly members: JsonObject } | undefined;
}

/** Which tool the model must use; `only` are the names it may choose from. */
export interface ChatToolChoice {
  readonly mode: "auto" | "none" | "required";
  readonly only?: readonly string[] | undefined;
}

/** How hard the model is to think. */
export interface ChatReasoning {
  /** False: not at all. True or absent: it may. */
  readonly enabled?: boolean | undefined;
  readonly effort?: "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | undefined;
  /** Most tokens of thought; the vendor's −1 ("you decide") is no number here but `enabled: true`. */
  readonly budgetTokens?: number | undefined;
  /** Whether thoughts (or their summary) are to be shown; undefined: the vendor's default. */
  readonly show?: boolean | undefined;
  /** OpenAI's word for the summary: `auto`, `concise`, `detailed`. */
  readonly summary?: string | undefined;
}

/** The shape the answer's text must have. */
export type ChatOutput =
  | { readonly kind: "json" }
  | {
    readonly kind: "schema";
    readonly name?: string | undefined;
    readonly description?: string | undefined;
    readonly schema: JsonObject;
    readonly strict?: boolean | undefined;
  };

/** What a client asks of a chat model, whatever its format. Absent members mean the vendor's default. */
export interface ChatRequest {
  /** As the client names it; what the upstream is asked for is told to the writer apart. */
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Whether a stream must tell its usage: OpenAI chat only where `include_usage` is set, the others always. */
  readonly streamUsage: boolean;
  /** Instructions before the conversation, in order; texts stay apart. */
  readonly system: readonly TextPart[];
  readonly turns: readonly ChatTurn[];
  readonly tools: readonly ChatTool[];
  readonly toolChoice?: ChatToolChoice | undefined;
  /** False: at most one tool call in an answer. */
  readonly parallelTools?: boolean | undefined;
  /** Most tokens of the answer, reasoning included. */
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly seed?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  /** How many answers; absent: one. */
  readonly candidates?: number | undefined;
  /** Log probabilities wanted; `top` alternatives for each token. */
  readonly logprobs?: { readonly top?: number | undefined } | undefined;
  readonly output?: ChatOutput | undefined;
  readonly reasoning?: ChatReasoning | undefined;
  /** An opaque name of the end user: `user`, `metadata.user_id`. */
  readonly user?: string | undefined;
  /** `auto` and `default` are the same at every vendor; other words only within one family. */
  readonly tier?: string | undefined;
  /**
   * Top-level members with the same name and meaning in both OpenAI chat formats (chat completions and Responses):
   * `metadata`, `store`, `prompt_cache_key`, `safety_identifier` and the like. Writers of other families drop them.
   */
  readonly openai?: JsonObject | undefined;
  /** Members that only the format that read them knows; its own writer puts them back. */
  readonly native?: { readonly format: string; readonly members: JsonObject } | undefined;
}
