import type {
  AudioPart,
  ChatPart,
  FilePart,
  ImagePart,
  MediaSource,
  RefusalPart,
  TextPart,
  ToolResultPart,
} from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { Losses } from "../../../translation/translation.ts";
import { compact, ownMembersOf, RESPONSES } from "../wire.ts";
import { writeCacheMark } from "./cache_mark.ts";

/** Names of documents that have none: the vendor wants one beside `file_data`, and reads the kind from its ending. */
const NAMES_BY_TYPE: Readonly<Record<string, string>> = {
  "application/pdf": "document.pdf",
  "text/plain": "document.txt",
  "text/markdown": "document.md",
  "text/csv": "document.csv",
  "text/html": "document.html",
  "application/json": "document.json",
};

/** Who speaks: the model's own texts have another type, and cannot be marked. */
export type Speaker = "user" | "developer" | "assistant";

/** What may stand in a message; the rest of a turn are items of their own. */
export type MessagePart = TextPart | ImagePart | FilePart | AudioPart | RefusalPart;

const MESSAGE_KINDS: ReadonlySet<ChatPart["kind"]> = new Set(["text", "image", "file", "audio", "refusal"]);

/** Whether a part stands in a message. */
export function isMessagePart(part: ChatPart): part is MessagePart {
  return MESSAGE_KINDS.has(part.kind);
}

/** Writes one part of a message. */
export function writePart(part: MessagePart, speaker: Speaker, losses: Losses): JsonObject {
  switch (part.kind) {
    case "text":
      return writeText(part, speaker, losses);
    case "refusal":
      return { type: "refusal", refusal: part.text };
    case "image":
      return writeImage(part, speaker, losses);
    case "file":
      return writeFile(part, losses);
    case "audio":
      return losses.refuse("audio", "the Responses format takes no sound; ask for a model of another vendor");
  }
}

function writeText(part: TextPart, speaker: Speaker, losses: Losses): JsonObject {
  const { annotations, other } = ownMembersOf(part);
  if (speaker === "assistant") {
    if (part.cache !== undefined) losses.drop("cache");
    return { type: "output_text", text: part.text, annotations: annotations ?? [], ...spread(other) };
  }
  return { type: "input_text", text: part.text, ...writeCacheMark(part.cache, losses), ...spread(other) };
}

function writeImage(part: ImagePart, speaker: Speaker, losses: Losses): JsonObject {
  if (speaker === "assistant") {
    losses.refuse("image", "the Responses format takes no picture in the model's own turns; leave it out");
  }
  return compact({
    type: "input_image",
    ...imageSource(part.source, losses),
    detail: part.detail,
    ...writeCacheMark(part.cache, losses),
    ...spread(ownMembersOf(part).other),
  });
}

function imageSource(source: MediaSource, losses: Losses): JsonObject {
  if (source.from === "id") return { file_id: ownId(source, losses) };
  if (source.from === "url") return { image_url: source.url };
  if (source.from === "base64") return { image_url: dataUri(source.mediaType, source.data) };
  return losses.refuse("image", "a picture cannot be given as text");
}

function writeFile(part: FilePart, losses: Losses): JsonObject {
  const { source, name } = part;
  if (source.from === "text") {
    // Plain text needs no upload; only its name is lost.
    if (name !== undefined) losses.drop("fileName");
    return { type: "input_text", text: source.text, ...writeCacheMark(part.cache, losses) };
  }
  const { detail, other } = ownMembersOf(part);
  return compact({
    type: "input_file",
    ...fileSource(source, losses),
    filename: name ?? (source.from === "base64" ? NAMES_BY_TYPE[source.mediaType] ?? "document" : undefined),
    detail,
    ...writeCacheMark(part.cache, losses),
    ...spread(other),
  });
}

function fileSource(source: Exclude<MediaSource, { from: "text" }>, losses: Losses): JsonObject {
  if (source.from === "id") return { file_id: ownId(source, losses) };
  return source.from === "url"
    ? { file_url: source.url }
    : { file_data: dataUri(source.mediaType, source.data) };
}

/** Both chat formats of OpenAI name the same files; those of other vendors mean nothing here. */
function ownId(source: MediaSource & { readonly from: "id" }, losses: Losses): string {
  return source.format === RESPONSES || source.format === "openai_chat"
    ? source.id
    : losses.refuse("file_id", "the file is kept by another vendor; send it whole or by its URL");
}

function dataUri(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}

/** Writes what a tool gave back: a string where it is one text, else its parts. */
export function writeToolOutput(part: ToolResultPart, losses: Losses): unknown {
  if (part.isError) losses.drop("isError");
  if (part.cache !== undefined) losses.drop("cache");
  const parts = part.isError ? withErrorMark(part.parts) : part.parts;
  const [first, ...more] = parts;
  if (first === undefined) return "";
  if (first.kind === "text" && more.length === 0 && first.cache === undefined) return first.text;
  return parts.map((each) => writePart(each, "user", losses));
}

/** The format has no word for a tool that failed; the model reads it in the text. */
function withErrorMark(parts: ToolResultPart["parts"]): ToolResultPart["parts"] {
  const [first, ...more] = parts;
  return first?.kind === "text"
    ? [{ ...first, text: `Error: ${first.text}` }, ...more]
    : [{ kind: "text", text: "Error" }, ...parts];
}

/** The members of an object that this format read and nobody knows. */
export function spread(other: unknown): JsonObject {
  return isJsonObject(other) ? other : {};
}
