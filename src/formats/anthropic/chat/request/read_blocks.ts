import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type {
  ChatPart,
  FilePart,
  ImagePart,
  MediaSource,
  TextPart,
  ToolResultPart,
} from "../../../../core/chat.ts";
import { OWN_FORMAT, readSignature } from "../signatures.ts";
import { cacheAt, isAbsent, listAt, nameAt, nativeOf, objectAt, optionalFlag, textAt } from "./fields.ts";

/** Names of the tools that were called so far, by the id of the call. */
export type CallNames = Map<string, string>;

/** Reads the content of a message: a text or a list of blocks. */
export function readContent(content: unknown, param: string, calls: CallNames): ChatPart[] {
  if (typeof content === "string") return [{ kind: "text", text: content }];
  return listAt(content, param).map((block, at) => readBlock(block, `${param}.${at}`, calls));
}

/** Reads a text block of a system prompt or of any content; citations and unknown members stay with it. */
export function readText(block: JsonObject, param: string): TextPart {
  const { type: _type, text, cache_control, ...rest } = block;
  return {
    kind: "text",
    text: textAt(text, `${param}.text`),
    ...cacheAt(cache_control, `${param}.cache_control`),
    ...nativeOf(rest),
  };
}

function readBlock(value: unknown, param: string, calls: CallNames): ChatPart {
  const block = objectAt(value, param);
  switch (nameAt(block.type, `${param}.type`)) {
    case "tool_use":
      return readCall(block, param, calls);
    case "tool_result":
      return readResult(block, param, calls);
    case "thinking": {
      const { type: _type, thinking, signature, ...rest } = block;
      const text = textAt(thinking, `${param}.thinking`);
      return { kind: "reasoning", text, signature: readSignature(signature), ...nativeOf(rest) };
    }
    case "redacted_thinking": {
      const { type: _type, data, ...rest } = block;
      const signature = { format: OWN_FORMAT, value: textAt(data, `${param}.data`) };
      return { kind: "reasoning", text: "", redacted: true, signature, ...nativeOf(rest) };
    }
    default:
      return readMedia(block, param) ??
        { kind: "native", format: OWN_FORMAT, name: String(block.type), value: block };
  }
}

/** Text, a picture or a document; undefined for anything else. */
function readMedia(block: JsonObject, param: string): TextPart | ImagePart | FilePart | undefined {
  switch (block.type) {
    case "text":
      return readText(block, param);
    case "search_result":
      return readSearchResult(block, param);
    case "image": {
      const { type: _type, source, cache_control, ...rest } = block;
      const read = readSource(objectAt(source, `${param}.source`), `${param}.source`);
      if (read === undefined) return undefined;
      return {
        kind: "image",
        source: read,
        ...cacheAt(cache_control, `${param}.cache_control`),
        ...nativeOf(rest),
      };
    }
    case "document": {
      const { type: _type, source, title, cache_control, ...rest } = block;
      const read = readSource(objectAt(source, `${param}.source`), `${param}.source`);
      if (read === undefined) return undefined;
      return {
        kind: "file",
        source: read,
        ...(isAbsent(title) ? {} : { name: textAt(title, `${param}.title`) }),
        ...cacheAt(cache_control, `${param}.cache_control`),
        ...nativeOf(rest),
      };
    }
  }
}

function readSource(source: JsonObject, param: string): MediaSource | undefined {
  switch (source.type) {
    case "base64":
      return {
        from: "base64",
        mediaType: nameAt(source.media_type, `${param}.media_type`),
        data: textAt(source.data, `${param}.data`),
      };
    case "url":
      return { from: "url", url: nameAt(source.url, `${param}.url`) };
    case "file":
      return { from: "id", id: nameAt(source.file_id, `${param}.file_id`), format: OWN_FORMAT };
    case "text":
      return { from: "text", text: textAt(source.data, `${param}.data`), mediaType: "text/plain" };
  }
}

/** A search result is text with a source: the text goes everywhere, the whole block back to its own vendor. */
function readSearchResult(block: JsonObject, param: string): TextPart {
  const pieces = listAt(block.content, `${param}.content`).map((piece, at) =>
    textAt(objectAt(piece, `${param}.content.${at}`).text, `${param}.content.${at}.text`)
  );
  const head = [block.title, block.source].filter((line) => typeof line === "string" && line !== "");
  return {
    kind: "text",
    text: [...head, ...pieces].join("\n"),
    ...cacheAt(block.cache_control, `${param}.cache_control`),
    ...nativeOf({ ["search_result"]: block }),
  };
}

function readCall(block: JsonObject, param: string, calls: CallNames): ChatPart {
  const { type: _type, id, name, input, cache_control, ...rest } = block;
  const callId = nameAt(id, `${param}.id`);
  const tool = nameAt(name, `${param}.name`);
  calls.set(callId, tool);
  return {
    kind: "tool_call",
    id: callId,
    name: tool,
    arguments: isAbsent(input) ? "" : JSON.stringify(objectAt(input, `${param}.input`)),
    ...cacheAt(cache_control, `${param}.cache_control`),
    ...nativeOf(rest),
  };
}

function readResult(block: JsonObject, param: string, calls: CallNames): ToolResultPart {
  const { type: _type, tool_use_id, content, is_error, cache_control, ...rest } = block;
  const callId = nameAt(tool_use_id, `${param}.tool_use_id`);
  const { parts, own } = readResultContent(content, `${param}.content`);
  const name = calls.get(callId);
  return {
    kind: "tool_result",
    callId,
    ...(name === undefined ? {} : { name }),
    parts,
    isError: optionalFlag(is_error, `${param}.is_error`) ?? false,
    ...cacheAt(cache_control, `${param}.cache_control`),
    ...nativeOf({ ...rest, ...own }),
  };
}

/**
 * What a tool gave back. Where it holds blocks that the hub has no word for, they are told by their kind
 * (`content.KIND`), the first of them with the whole list as it came.
 */
function readResultContent(
  content: unknown,
  param: string,
): { readonly parts: (TextPart | ImagePart | FilePart)[]; readonly own: JsonObject } {
  if (isAbsent(content)) return { parts: [], own: {} };
  if (typeof content === "string") return { parts: [{ kind: "text", text: content }], own: {} };
  const parts: (TextPart | ImagePart | FilePart)[] = [];
  const own: JsonObject = {};
  for (const [at, value] of listAt(content, param).entries()) {
    const block = objectAt(value, `${param}.${at}`);
    const part = readMedia(block, `${param}.${at}`);
    if (part !== undefined) {
      parts.push(part);
      continue;
    }
    own[`content.${nameAt(block.type, `${param}.${at}.type`)}`] = content;
    if (block.type === "tool_reference") parts.push({ kind: "text", text: `Tool: ${block.tool_name}` });
  }
  return { parts, own };
}
