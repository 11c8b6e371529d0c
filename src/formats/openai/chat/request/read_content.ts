import type { CacheMark, ChatPart, MediaSource } from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { bareBase64, readDataUri } from "../../shared/data_uri.ts";
import { nativeMembers } from "../../shared/native_members.ts";
import { malformed, RequestMembers } from "../../shared/request_members.ts";
import { OPENAI_CHAT } from "../format_name.ts";

/** Media type of a file that comes as bare base64: the only kind that OpenAI took in its first years. */
const BARE_FILE_TYPE = "application/pdf";

/** Reads the `content` of a message: a string or a list of parts. Empty where it is absent; `param` is its place. */
export function readContent(content: unknown, param: string): readonly ChatPart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [{ kind: "text", text: content }];
  if (!Array.isArray(content)) throw malformed(param, "a string or a list of parts");
  return content.map((part: unknown, at) => readPart(part, `${param}[${at}]`));
}

function readPart(value: unknown, param: string): ChatPart {
  const part = RequestMembers.of(value, param);
  const type = part.requiredText("type");
  switch (type) {
    case "text":
      return { kind: "text", text: part.requiredText("text"), ...endOf(part) };
    case "refusal":
      return { kind: "refusal", text: part.requiredText("refusal"), ...endOf(part) };
    case "image_url":
      return readImage(part);
    case "input_audio":
      return readAudio(part);
    case "file":
      return readFile(part);
    default:
      // `RequestMembers.of` has made sure that it is an object.
      return { kind: "native", format: OPENAI_CHAT, name: type, value: value as JsonObject };
  }
}

/** What any part may carry beside its content; to be read last. */
function endOf(
  part: RequestMembers,
  inner: JsonObject = {},
): Pick<ChatPart & { kind: "text" }, "cache" | "native"> {
  const cache = readCacheMark(part.value("prompt_cache_breakpoint"), part.value("cache_control"));
  const native = nativeMembers(OPENAI_CHAT, { ...part.rest(), ...inner });
  return { ...(cache && { cache }), ...(native && { native }) };
}

/** OpenAI's mark, or Anthropic's, which OpenRouter and other relays take in OpenAI's parts. */
function readCacheMark(...marks: readonly unknown[]): CacheMark | undefined {
  const mark = marks.find(isJsonObject);
  if (mark === undefined) return undefined;
  return typeof mark.ttl === "string" ? { ttl: mark.ttl } : {};
}

function readImage(part: RequestMembers): ChatPart {
  // Some servers take the address itself where OpenAI wants an object.
  const bare = part.value("image_url");
  const image = typeof bare === "string"
    ? new RequestMembers({ url: bare }, part.param("image_url"))
    : part.requiredInner("image_url");
  const source = mediaSource(image.requiredText("url"));
  const detail = image.text("detail");
  return { kind: "image", source, ...(detail && { detail }), ...endOf(part, image.rest("image_url.")) };
}

function mediaSource(url: string): MediaSource {
  return readDataUri(url) ?? { from: "url", url };
}

function readAudio(part: RequestMembers): ChatPart {
  const audio = part.requiredInner("input_audio");
  const data = audio.requiredText("data");
  const format = audio.requiredText("format").toLowerCase();
  const mediaType = format === "mp3" ? "audio/mpeg" : `audio/${format}`;
  const bytes = readDataUri(data)?.data ?? bareBase64(data);
  return {
    kind: "audio",
    source: { from: "base64", mediaType, data: bytes },
    ...endOf(part, audio.rest("input_audio.")),
  };
}

function readFile(part: RequestMembers): ChatPart {
  const file = part.requiredInner("file");
  const name = file.text("filename");
  const source = fileSource(file);
  return { kind: "file", source, ...(name && { name }), ...endOf(part, file.rest("file.")) };
}

function fileSource(file: RequestMembers): MediaSource {
  const id = file.text("file_id");
  const data = file.text("file_data");
  if (data !== undefined) {
    return readDataUri(data) ?? { from: "base64", mediaType: BARE_FILE_TYPE, data: bareBase64(data) };
  }
  if (id === undefined) throw malformed(file.param("file_data"), "there, or 'file_id'");
  return { from: "id", id, format: OPENAI_CHAT };
}
