import type { AudioPart, ChatPart, FilePart, ImagePart, TextPart } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { WriteContext } from "../../../translation/translation.ts";
import { writeDataUri } from "../../shared/data_uri.ts";
import { withNative } from "../../shared/native_members.ts";
import { OPENAI_CHAT, OPENAI_FILE_FORMATS } from "../format_name.ts";

/** Name of a file whose client gave none: OpenAI wants one. */
const UNNAMED_FILE = "document";

/** Endings of names by media type; others go without. */
const FILE_ENDINGS: Readonly<Record<string, string>> = { "application/pdf": ".pdf", "text/plain": ".txt" };

/** What {@link AudioPart} may hold for OpenAI, and its words for it. */
const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  "audio/wav": "wav",
  "audio/wave": "wav",
  "audio/x-wav": "wav",
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
};

/**
 * Writes the `content` of a message: a string where one text says it all, else a list of parts. Undefined for no parts at all.
 */
export function writeContent(
  parts: readonly ChatPart[],
  context: WriteContext,
): string | JsonObject[] | undefined {
  if (parts.length === 0) return undefined;
  const marksCount = context.traits.cacheMarks === true;
  if (!marksCount && parts.some((part) => part.kind !== "native" && part.cache)) context.losses.drop("cache");
  if (parts.every(isText)) {
    const isPlain = parts.every((part) => !(marksCount && part.cache) && part.native?.format !== OPENAI_CHAT);
    if (parts.length === 1 && isPlain) return parts[0]?.text;
  }
  return parts.map((part) => writePart(part, context));
}

function isText(part: ChatPart): part is TextPart {
  return part.kind === "text";
}

function writePart(part: ChatPart, context: WriteContext): JsonObject {
  if (part.kind === "native") {
    if (part.format === OPENAI_CHAT) return part.value;
    return context.losses.refuse(part.name, "no OpenAI chat message can hold it");
  }
  const written = { ...bareContent(part, context), ...writeCacheMark(part, context) };
  return withNative(written, part.native, OPENAI_CHAT);
}

function bareContent(part: Exclude<ChatPart, { kind: "native" }>, context: WriteContext): JsonObject {
  switch (part.kind) {
    case "text":
    case "reasoning":
      return { type: "text", text: part.text };
    case "refusal":
      return { type: "refusal", refusal: part.text };
    case "image":
      return writeImage(part, context);
    case "file":
      return writeFile(part, context);
    case "audio":
      return writeAudio(part, context);
    default:
      return context.losses.refuse("messages", `${part.kind} cannot stand in this place of OpenAI chat`);
  }
}

function writeCacheMark({ cache }: Exclude<ChatPart, { kind: "native" }>, context: WriteContext): JsonObject {
  if (cache === undefined || context.traits.cacheMarks !== true) return {};
  if (cache.ttl !== undefined) context.losses.drop("cache", "ttl"); // OpenAI has it for the whole request.
  return { ["prompt_cache_breakpoint"]: { mode: "explicit" } };
}

function writeImage({ source, detail }: ImagePart, { losses }: WriteContext): JsonObject {
  const withDetail = detail === undefined ? {} : { detail };
  if (source.from === "base64") {
    return { type: "image_url", ["image_url"]: { url: writeDataUri(source), ...withDetail } };
  }
  if (source.from === "url") return { type: "image_url", ["image_url"]: { url: source.url, ...withDetail } };
  return losses.refuse("image", "OpenAI chat takes pictures by URL or in the request only: send it there");
}

function writeFile({ source, name }: FilePart, { losses }: WriteContext): JsonObject {
  switch (source.from) {
    case "text":
      return { type: "text", text: name === undefined ? source.text : `${name}\n\n${source.text}` };
    case "base64": {
      const filename = name ?? UNNAMED_FILE + (FILE_ENDINGS[source.mediaType] ?? "");
      return { type: "file", file: { filename, ["file_data"]: writeDataUri(source) } };
    }
    case "id":
      if (!OPENAI_FILE_FORMATS.has(source.format)) {
        return losses.refuse("file_id", "the file is in another vendor's store: send its content");
      }
      return {
        type: "file",
        file: { ["file_id"]: source.id, ...(name !== undefined && { filename: name }) },
      };
    case "url":
      return losses.refuse("file_url", "OpenAI chat takes no file by URL: send its content");
  }
}

function writeAudio({ source }: AudioPart, { losses }: WriteContext): JsonObject {
  const format = source.from === "base64" ? AUDIO_FORMATS[source.mediaType] : undefined;
  if (source.from !== "base64" || format === undefined) {
    return losses.refuse(
      "audio",
      "OpenAI chat takes wav and mp3 in the request only: send it as one of them",
    );
  }
  return { type: "input_audio", ["input_audio"]: { data: source.data, format } };
}
