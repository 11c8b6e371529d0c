import { Buffer } from "node:buffer";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type {
  ChatPart,
  FilePart,
  ImagePart,
  MediaSource,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../../../../core/chat.ts";
import { type CallIdRule, type ToolNameRule, wireCallId } from "../../../translation/tool_names.ts";
import { OWN_FORMAT } from "../signatures.ts";
import { toolInput } from "../../../translation/tool_input.ts";
import { cacheControl, ownMembers, type Writing } from "./writing.ts";

/** Tool names that the vendor takes (`tools.0.custom.name` in its refusals). */
export const TOOL_NAME: ToolNameRule = { pattern: /^[A-Za-z0-9_-]+$/, maxLength: 128 };

/** Ids of calls that the vendor takes; it tells no length. */
const CALL_ID: CallIdRule = { pattern: /^[A-Za-z0-9_-]+$/, maxLength: 256 };

/** Pictures that the vendor reads (its vision page). */
const PICTURES = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

const PDF = "application/pdf";

/** Writes the parts of a turn as content blocks; what the vendor must not see is left out, so that the list may be empty. */
export function writeBlocks(parts: readonly ChatPart[], writing: Writing): JsonObject[] {
  const blocks = parts.map((part) => writeBlock(part, writing)).filter((block) => block !== undefined);
  // White space alone is refused; beside other blocks it may stand.
  return blocks.every(isBlank) ? [] : blocks;
}

function isBlank(block: JsonObject): boolean {
  return block.type === "text" && typeof block.text === "string" && block.text.trim() === "";
}

function writeBlock(part: ChatPart, writing: Writing): JsonObject | undefined {
  switch (part.kind) {
    case "text":
      return writeText(part, writing);
    case "image":
      return writeImage(part, writing);
    case "file":
      return writeFile(part, writing);
    case "audio":
      return writing.losses.refuse("input_audio", "Anthropic's models take no audio; send a transcript");
    case "tool_call":
      return writeCall(part, writing);
    case "tool_result":
      return writeResult(part, writing);
    case "reasoning":
      return writeThought(part, writing);
    case "refusal":
      return part.text === "" ? undefined : { type: "text", text: part.text };
    case "native":
      // What others had of their own was settled before: here it has no meaning.
      return part.format === OWN_FORMAT ? part.value : undefined;
  }
}

/** A text block, or the search result it was read from; undefined where it is empty: the vendor refuses that. */
export function writeText(part: TextPart, { losses }: Writing): JsonObject | undefined {
  const { search_result: searchResult, ...own } = ownMembers(part);
  // The reader put a whole block there.
  if (searchResult !== undefined) return searchResult as JsonObject;
  if (part.text === "") return undefined;
  return { type: "text", text: part.text, ...own, ...cacheControl(part.cache, losses) };
}

function writeImage(part: ImagePart, { losses, isOwn }: Writing): JsonObject {
  if (part.detail !== undefined && part.detail !== "auto") losses.drop("detail");
  const { source } = part;
  if (source.from === "base64" && !isOwn && !PICTURES.has(source.mediaType)) {
    losses.refuse(
      "image",
      `Anthropic reads JPEG, PNG, GIF and WebP pictures, and this one is ${source.mediaType}`,
    );
  }
  return {
    type: "image",
    source: writeSource(source, "image", losses),
    ...ownMembers(part),
    ...cacheControl(part.cache, losses),
  };
}

function writeFile(part: FilePart, { losses, isOwn }: Writing): JsonObject {
  const source = isOwn ? part.source : readableSource(part.source, losses);
  return {
    type: "document",
    source: writeSource(source, "file", losses),
    ...(part.name === undefined ? {} : { title: part.name }),
    ...ownMembers(part),
    ...cacheControl(part.cache, losses),
  };
}

/** A document as the vendor takes it: a PDF, or plain text by its characters. */
function readableSource(source: MediaSource, losses: Writing["losses"]): MediaSource {
  if (source.from !== "base64" || source.mediaType === PDF) return source;
  if (!source.mediaType.startsWith("text/")) {
    losses.refuse("file", `Anthropic reads PDF and text, and this file is ${source.mediaType}`);
  }
  const text = Buffer.from(source.data, "base64").toString("utf8");
  return { from: "text", text, mediaType: "text/plain" };
}

function writeSource(source: MediaSource, field: string, losses: Writing["losses"]): JsonObject {
  switch (source.from) {
    case "base64":
      return { type: "base64", ["media_type"]: source.mediaType, data: source.data };
    case "url":
      return { type: "url", url: source.url };
    case "text":
      return { type: "text", ["media_type"]: "text/plain", data: source.text };
    case "id":
      if (source.format === OWN_FORMAT) return { type: "file", ["file_id"]: source.id };
      return losses.refuse(field, "the file lies at another vendor; send its content");
  }
}

function writeCall(part: ToolCallPart, { names, losses }: Writing): JsonObject {
  return {
    type: "tool_use",
    id: wireCallId(part.id, CALL_ID),
    name: names.wire(part.name, TOOL_NAME),
    input: toolInput(part.arguments),
    ...ownMembers(part),
    ...cacheControl(part.cache, losses),
  };
}

function writeResult(part: ToolResultPart, writing: Writing): JsonObject {
  const own = Object.entries(ownMembers(part));
  // Where the reader met blocks that it had no word for, it kept the whole list.
  const kept = own.find(([name]) => name.startsWith("content."))?.[1];
  const blocks = part.parts.map((inner) => writeBlock(inner, writing)).filter((block) => block !== undefined);
  const content = kept ?? asContent(blocks);
  return {
    type: "tool_result",
    ["tool_use_id"]: wireCallId(part.callId, CALL_ID),
    ...(blocks.length === 0 && kept === undefined ? {} : { content }),
    ...(part.isError ? { ["is_error"]: true } : {}),
    ...Object.fromEntries(own.filter(([name]) => !name.startsWith("content."))),
    ...cacheControl(part.cache, writing.losses),
  };
}

/** Only the vendor's own thoughts go back: it refuses signatures that it did not write, and thoughts without one. */
function writeThought(part: ReasoningPart, { losses }: Writing): JsonObject | undefined {
  const { signature } = part;
  if (signature?.format === OWN_FORMAT) {
    return part.redacted === true
      ? { type: "redacted_thinking", data: signature.value, ...ownMembers(part) }
      : { type: "thinking", thinking: part.text, signature: signature.value, ...ownMembers(part) };
  }
  if (part.text !== "") losses.drop("reasoningText");
  if (signature !== undefined) losses.drop("reasoningSignature");
  return undefined;
}

/** A lone text without marks is written as a string, as most clients do. */
export function asContent(blocks: readonly JsonObject[]): string | readonly JsonObject[] {
  const [first] = blocks;
  const isPlain = blocks.length === 1 && first?.type === "text" && Object.keys(first).length === 2;
  return isPlain && typeof first.text === "string" ? first.text : blocks;
}
