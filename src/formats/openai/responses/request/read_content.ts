import type { AudioPart, ChatPart, TextPart, ToolResultPart } from "../../../../core/chat.ts";
import { GatewayError } from "../../../../core/errors.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import { type Members, ownNative, RESPONSES } from "../wire.ts";
import { readCacheMark } from "./cache_mark.ts";
import { readFile, readImage } from "./read_media.ts";

const TEXT_MEMBERS = new Set(["type", "text", "annotations", "logprobs", "prompt_cache_breakpoint"]);

/** Media types of what the format's audio parts may hold. */
const AUDIO_TYPES: Readonly<Record<string, string>> = { mp3: "audio/mpeg", wav: "audio/wav" };

/** Reads `content` of a message: a string or a list of parts. `own` are members of the message for each text in it. */
export function readContent(message: Members, own: JsonObject): readonly ChatPart[] {
  const content = message.value("content");
  if (content === undefined) return [];
  if (typeof content === "string") return [{ kind: "text", text: content, native: ownNative(own) }];
  return (message.objects("content") ?? []).map((part) => readPart(part, own));
}

function readPart(part: Members, own: JsonObject): ChatPart {
  const type = part.needText("type");
  switch (type) {
    case "input_text":
    case "output_text":
    case "text":
      return readText(part, own);
    case "refusal":
      return { kind: "refusal", text: part.text("refusal") ?? "", native: ownNative(own) };
    case "input_image":
      return readImage(part);
    case "input_file":
      return readFile(part);
    case "input_audio":
      return readAudio(part);
    default:
      return { kind: "native", format: RESPONSES, name: type, value: part.object };
  }
}

function readText(part: Members, own: JsonObject): TextPart {
  const annotations = part.list("annotations");
  return {
    kind: "text",
    text: part.text("text") ?? "",
    cache: readCacheMark(part),
    native: ownNative({
      ...own,
      annotations: annotations?.length ? annotations : undefined,
      other: part.others(TEXT_MEMBERS),
    }),
  };
}

function readAudio(part: Members): AudioPart {
  const audio = part.members("input_audio");
  const format = audio?.text("format") ?? "wav";
  const data = (audio?.text("data") ?? "").replace(/\s+/g, "");
  return {
    kind: "audio",
    source: { from: "base64", mediaType: AUDIO_TYPES[format] ?? `audio/${format}`, data },
  };
}

/** Reads what a tool gave back: a string or a list of texts, pictures and files. */
export function readToolOutput(item: Members): ToolResultPart["parts"] {
  const output = item.value("output");
  if (output === undefined || output === "") return [];
  if (typeof output === "string") return [{ kind: "text", text: output }];
  return (item.objects("output") ?? []).map((element) => {
    const part = readPart(element, {});
    if (part.kind === "text" || part.kind === "image" || part.kind === "file") return part;
    throw new GatewayError(
      "not_translatable",
      `The field '${element.path("type")}' names a kind of tool output that only OpenAI's own models take.`,
      { param: element.path("type") },
    );
  });
}
