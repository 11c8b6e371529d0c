import type { AudioPart, ChatPart, FilePart, ImagePart, MediaSource } from "../../../core/chat.ts";
import type { JsonObject } from "../../../core/bytes/exact_json.ts";
import type { Losses } from "../../translation/translation.ts";
import { invalid, type Members } from "./members.ts";
import { asNative, GEMINI, nativeMembers } from "./own_members.ts";

/** A part that shows, tells or encloses something. */
export type MediaPart = ImagePart | AudioPart | FilePart;

/** Reads `inlineData` or `fileData` out of a part. */
export function readMedia(part: Members, kind: "inlineData" | "fileData"): MediaPart {
  const data = part.object(kind);
  if (data === undefined) throw invalid(part.path, "must hold 'inlineData' or 'fileData'");
  const mediaType = data.text("mimeType");
  const isInline = kind === "inlineData";
  const content = data.text(isInline ? "data" : "fileUri");
  if (content === undefined) throw invalid(data.at(isInline ? "data" : "fileUri"), "is missing");
  const source: MediaSource = isInline
    ? { from: "base64", mediaType: mediaType ?? "application/octet-stream", data: standardBase64(content) }
    : { from: "id", id: content, format: GEMINI };
  const type = isInline || mediaType === undefined ? {} : { mimeType: mediaType };
  return mediaPart(mediaType ?? "", source, asNative({ ...type, ...data.rest() }));
}

/** The hub's part for a media type; what is neither picture nor sound is a file. */
export function mediaPart(
  mediaType: string,
  source: MediaSource,
  rest: Pick<MediaPart, "native">,
): MediaPart {
  if (mediaType.startsWith("image/")) return { kind: "image", source, ...rest };
  if (mediaType.startsWith("audio/")) return { kind: "audio", source, ...rest };
  return { kind: "file", source, ...rest };
}

/** Bytes in the JSON mapping of Protocol Buffers may be spelt in the alphabet for URLs, and without padding. */
function standardBase64(text: string): string {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/").replace(/\s+/g, "");
  return plain.padEnd(Math.ceil(plain.length / 4) * 4, "=");
}

/** Whether a part is one of {@link MediaPart}. */
export function isMedia(part: ChatPart): part is MediaPart {
  return part.kind === "image" || part.kind === "audio" || part.kind === "file";
}

/** The part as Gemini takes it: data inside it, a file in Google's store, or the text of a document. */
export function writeMedia(part: MediaPart, losses: Losses): JsonObject {
  if (part.kind === "image" && part.detail !== undefined && part.detail !== "auto") {
    losses.drop("detail", part.detail);
  }
  const isNamed = part.kind === "file" && part.name !== undefined;
  const { mimeType, displayName, ...extras } = nativeMembers(part.native);
  const { source } = part;
  switch (source.from) {
    case "base64": {
      if (isNamed) losses.drop("fileName");
      const name = displayName === undefined ? {} : { displayName };
      return { inlineData: { mimeType: source.mediaType, data: source.data, ...name }, ...extras };
    }
    case "text":
      return { text: isNamed ? `${part.name}\n\n${source.text}` : source.text };
    case "id": {
      if (source.format !== GEMINI) {
        return losses.refuse(
          part.kind,
          "Gemini cannot read a file of another vendor's store; send its data inline",
        );
      }
      const type = mimeType === undefined ? {} : { mimeType };
      const name = displayName === undefined ? {} : { displayName };
      return { fileData: { ...type, fileUri: source.id, ...name }, ...extras };
    }
    case "url":
      return losses.refuse(
        part.kind,
        "Gemini does not fetch it from the web; send its data inline, as base64",
      );
  }
}
