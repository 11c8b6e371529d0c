import type { ChatAnswer, ChatEvent, ChatRequest } from "../../core/chat.ts";
import type { EmbeddingsAnswer, EmbeddingsRequest } from "../../core/chat/embeddings.ts";
import type { JsonObject } from "../../core/bytes/exact_json.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { ToolNames } from "./tool_names.ts";

/**
 * Members of the hub that some format cannot carry. Writers name a loss by them; the client is told its own
 * spelling ({@link Side.fieldNames}). A field that is not in this list cannot be dropped, only refused.
 */
export const HUB_FIELDS = {
  temperature: "sampling temperature",
  topP: "nucleus sampling",
  topK: "top-k sampling",
  presencePenalty: "presence penalty",
  frequencyPenalty: "frequency penalty",
  seed: "seed of sampling",
  stop: "stop sequences",
  candidates: "several answers",
  logprobs: "log probabilities",
  output: "the shape of the answer",
  outputStrict: "strictness of an answer's schema",
  reasoning: "how hard to think",
  parallelTools: "at most one tool call",
  toolChoice: "which tool to use",
  toolStrict: "strictness of a tool's schema",
  user: "name of the end user",
  tier: "service tier",
  cache: "cache marks",
  detail: "detail of pictures",
  speakerName: "name of a speaker",
  isError: "that a tool failed",
  citations: "citations",
  reasoningSignature: "signatures of other vendors' thoughts",
  reasoningText: "thoughts of earlier turns",
  systemPosition: "the place of an instruction in the conversation",
  fileName: "name of a file",
  toolResultMedia: "the place of pictures in a tool's result",
  openai: "members that only OpenAI's formats have",
  embeddingTask: "what embeddings are for",
} as const;

/** A name of {@link HUB_FIELDS}. */
export type HubField = keyof typeof HUB_FIELDS;

/** Where a translation says what it cannot carry. */
export interface Losses {
  /**
   * Left out; the client is told by `x-tidegate-dropped`. `detail` narrows the field and is told after it
   * (`reasoning.summary`); of `openai` it is the member's own name and told alone.
   */
  drop(field: HubField, detail?: string): void;
  /**
   * The request cannot be translated: throws `GatewayError` `not_translatable`, which names the field and says why
   * and what to do (a sentence without its full stop). `field` that is no hub field is told as it is.
   */
  refuse(field: HubField | (string & Record<never, never>), why: string): never;
}

/** What is known of the upstream that a request is written for; absent members mean what its vendor's own API does. */
export interface UpstreamTraits {
  /** Member of OpenAI chat that bounds the answer; older compatible servers know `max_tokens` alone. */
  readonly maxTokensMember?: "max_tokens" | "max_completion_tokens";
  /** Whether instructions are written in OpenAI's `developer` role; absent: as `system`, which OpenAI takes too. */
  readonly developerRole?: boolean;
  /** Whether OpenAI's custom (free text) tools are known; else they are offered as functions with one text. */
  readonly customTools?: boolean;
  /** Whether `response_format` takes a schema; else only `json_object`. */
  readonly jsonSchema?: boolean;
  /** Whether `prompt_cache_breakpoint` is known in OpenAI chat's parts; else cache marks are dropped. */
  readonly cacheMarks?: boolean;
  /**
   * Whether earlier turns may carry what other vendors added to OpenAI chat: `reasoning_content` (DeepSeek, Moonshot)
   * and `extra_content` (Google's endpoint, for its signatures); else thoughts and signatures are dropped, because
   * OpenAI refuses members of messages that it does not know.
   */
  readonly reasoningReplay?: boolean;
  /** Tokens to ask for where the client sets no bound and the format needs one (Anthropic). */
  readonly defaultMaxTokens?: number;
}

/** A request as the client sent it. */
export interface ReceivedRequest {
  /** Parsed with its numbers as they came. */
  readonly body: JsonObject;
  /** Front path, as {@link PathModel} reads it, and raw query without `?`. */
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderFields;
  /** From the body or the path. */
  readonly model: string | undefined;
  readonly stream: boolean;
}

/** What writing a request needs beside it. */
export interface WriteContext {
  /** The name to ask the upstream for. */
  readonly model: string;
  readonly traits: UpstreamTraits;
  readonly losses: Losses;
  /** Takes names that the vendor does not allow and gives them back in the answer. */
  readonly names: ToolNames;
}

/** A request ready for an upstream of the format. */
export interface WrittenRequest {
  /** Front path in the format's own spelling, the model in it where it belongs there. */
  readonly path: string;
  readonly query: string;
  readonly body: JsonObject;
  /** Fields the format needs beside content type and credentials. */
  readonly headers?: HeaderFields;
}

/** What writing an answer needs beside it. */
export interface AnswerContext<Q> {
  /** What the client asked. */
  readonly asked: Q;
  /** The model's name as the client asked for it: translated answers tell it, not the upstream's. */
  readonly model: string;
  /** UUID of the request; ids of answers are made of it. */
  readonly requestId: string;
  /** Wall clock, in whole seconds. */
  readonly createdSeconds: number;
}

/** Both directions of one format for one kind of call. Pure. */
export interface Side<Q, A> {
  /** How this format spells hub fields (`generationConfig.topK`); without an entry: the hub's own name. */
  readonly fieldNames: Readonly<Partial<Record<HubField, string>>>;
  /**
   * What becomes of members that only this format knows (`native` in the hub) when another one answers: `drop`
   * (told to the client) or `refuse`. Those not named here are refused. Names are dotted paths as the reader put
   * them: `logit_bias`, `generationConfig.mediaResolution`; `part.NAME`, `turn.NAME`, `tool.NAME` for members of
   * those; `block.NAME` for a native part, `tool_type.NAME` for a native tool.
   */
  readonly ownMembers: Readonly<Record<string, "drop" | "refuse">>;
  /** Reads what a client asks. Throws `GatewayError` `invalid_body` with `param` for what the vendor would refuse as malformed. */
  readRequest(request: ReceivedRequest): Q;
  /** Writes it for an upstream that speaks this format. Throws what {@link Losses.refuse} throws. */
  writeRequest(request: Q, context: WriteContext): WrittenRequest;
  /** Reads an upstream's whole answer; lenient: what is missing or odd is left out. */
  readAnswer(body: JsonObject): A;
  /** Writes a whole answer for a client of this format. */
  writeAnswer(answer: A, context: AnswerContext<Q>): JsonObject;
}

/** Takes the events of one upstream stream. Lenient: what it does not know it passes over. */
export interface ChatEventReader {
  /** One event's data, parsed with its numbers as they came; `name` is empty where it has none. `[DONE]` and error events do not come here. */
  event(name: string, data: JsonObject, emit: (event: ChatEvent) => void): void;
  /** The stream came to its own end: emits what is still owed, `end` at the last (once, also where `event` did). */
  end(emit: (event: ChatEvent) => void): void;
}

/** Turns hub events into the bytes of one client's stream; the text for one event, often empty or several events. */
export interface ChatEventWriter {
  write(event: ChatEvent): string;
}

/** How a stream is framed: server-sent events, or Gemini's JSON array without `alt=sse`. */
export type StreamFraming = "sse" | "json_array";

/** A chat format. */
export interface ChatSide extends Side<ChatRequest, ChatAnswer> {
  eventReader(): ChatEventReader;
  eventWriter(context: AnswerContext<ChatRequest> & { readonly framing: StreamFraming }): ChatEventWriter;
}

/** An embeddings format. */
export type EmbeddingsSide = Side<EmbeddingsRequest, EmbeddingsAnswer>;

/** A format that counts the tokens of a chat request. */
export type TokenCountSide = Side<ChatRequest, { readonly inputTokens: number }>;
