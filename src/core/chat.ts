/**
 * The neutral hub: what a chat request, its answer and its stream say, whatever wire format they came in. Each
 * format translates to and from these types and never to another format, so that N formats need N pairs of
 * translations and not N². JSON values inside keep the spelling of their numbers (`core/bytes/exact_json.ts`).
 * @module
 */
export type {
  AudioPart,
  CacheMark,
  ChatPart,
  FilePart,
  ImagePart,
  MediaSource,
  NativePart,
  OpaqueSignature,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "./chat/chat_part.ts";
export type {
  ChatOutput,
  ChatReasoning,
  ChatRequest,
  ChatTool,
  ChatToolChoice,
  ChatTurn,
} from "./chat/chat_request.ts";
export type {
  ChatAnswer,
  ChatChoice,
  ChatEvent,
  ChatFinish,
  ChatUsage,
  TokenLogprob,
} from "./chat/chat_answer.ts";
