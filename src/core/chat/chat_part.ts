import type { JsonObject } from "../bytes/exact_json.ts";

/** Where a piece of media is. `base64` data has no white space; `id` names an object in one vendor's store. */
export type MediaSource =
  | { readonly from: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly from: "url"; readonly url: string; readonly mediaType?: string | undefined }
  | { readonly from: "id"; readonly id: string; readonly format: string }
  /** A document given as plain text. */
  | { readonly from: "text"; readonly text: string; readonly mediaType: string };

/** "Up to here the prompt may be cached": Anthropic's `cache_control`, OpenAI's `prompt_cache_breakpoint`. */
export interface CacheMark {
  /** The vendor's own word for how long (`5m`, `1h`, `30m`); undefined: its default. */
  readonly ttl?: string | undefined;
}

interface PartBase {
  readonly cache?: CacheMark | undefined;
  /**
   * Members of the part that the hub has no word for, under the type of the format that read them. The writer of
   * that very format puts them back; others ignore them after their reader told the loss.
   */
  readonly native?: { readonly format: string; readonly members: JsonObject } | undefined;
}

/** Text that the user or the model wrote. */
export interface TextPart extends PartBase {
  readonly kind: "text";
  readonly text: string;
  /** Gemini's `thoughtSignature` on a text part. */
  readonly signature?: OpaqueSignature | undefined;
}

/** A picture. */
export interface ImagePart extends PartBase {
  readonly kind: "image";
  readonly source: MediaSource;
  /** OpenAI's `detail`. */
  readonly detail?: string | undefined;
}

/** A document: PDF, plain text, or whatever its media type says. */
export interface FilePart extends PartBase {
  readonly kind: "file";
  readonly source: MediaSource;
  readonly name?: string | undefined;
}

/** A recording; `base64` with a media type such as `audio/wav`. */
export interface AudioPart extends PartBase {
  readonly kind: "audio";
  readonly source: MediaSource;
}

/** Opaque text that only the format (and account) that wrote it can read. */
export interface OpaqueSignature {
  /** Format type of the writer, such as `gemini_generate`. */
  readonly format: string;
  readonly value: string;
}

/** The model asks for a tool. */
export interface ToolCallPart extends PartBase {
  readonly kind: "tool_call";
  /** As the vendor gave it; never empty: readers make one up where the vendor gives none. */
  readonly id: string;
  readonly name: string;
  /**
   * The arguments as JSON text, byte for byte where the vendor gave text; of a custom tool, the free text. Empty
   * text stands for no arguments: writers that need an object write `{}`.
   */
  readonly arguments: string;
  /** A custom (free text) tool of the OpenAI formats. */
  readonly custom?: boolean | undefined;
  /** Gemini's `thoughtSignature` on the call. */
  readonly signature?: OpaqueSignature | undefined;
}

/** What a tool gave back; stands in a `user` turn. */
export interface ToolResultPart extends PartBase {
  readonly kind: "tool_result";
  readonly callId: string;
  /** The tool's name, where the format says it or the call was found in an earlier turn. */
  readonly name?: string | undefined;
  /** Text, images and files. Several texts stay apart. */
  readonly parts: readonly (TextPart | ImagePart | FilePart)[];
  readonly isError: boolean;
  readonly custom?: boolean | undefined;
}

/** What the model thought. */
export interface ReasoningPart extends PartBase {
  readonly kind: "reasoning";
  /** Readable text; empty where the vendor hides it. */
  readonly text: string;
  /** What must go back unchanged with it: Anthropic's signature, the encrypted content of Responses, Gemini's thoughtSignature. */
  readonly signature?: OpaqueSignature | undefined;
  /** Anthropic's `redacted_thinking`: there is no text, and `signature` holds its data. */
  readonly redacted?: boolean | undefined;
  /** The item's id in the Responses format. */
  readonly id?: string | undefined;
}

/** The model declines, in words of its own. */
export interface RefusalPart extends PartBase {
  readonly kind: "refusal";
  readonly text: string;
}

/** Something that one format alone knows (a server tool's block, a hosted tool's item). Other writers refuse or drop it. */
export interface NativePart {
  readonly kind: "native";
  readonly format: string;
  /** The vendor's word for it, such as `server_tool_use`: used in messages to the client. */
  readonly name: string;
  readonly value: JsonObject;
}

/** One piece of a turn or of an answer. */
export type ChatPart =
  | TextPart
  | ImagePart
  | FilePart
  | AudioPart
  | ToolCallPart
  | ToolResultPart
  | ReasoningPart
  | RefusalPart
  | NativePart;
