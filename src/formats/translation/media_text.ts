import type { AudioPart, FilePart, ImagePart } from "../../core/chat.ts";

/**
 * A piece of media of an answer as Markdown, for clients whose format has no place for it: with its data, so that
 * nothing that was made and paid for is lost.
 */
export function mediaText({ kind, source }: ImagePart | AudioPart | FilePart): string {
  const label = kind === "image" ? "![image]" : `[${kind}]`;
  switch (source.from) {
    case "base64":
      return `${label}(data:${source.mediaType};base64,${source.data})`;
    case "url":
      return `${label}(${source.url})`;
    case "id":
      return `${label}(${source.id})`;
    case "text":
      return source.text;
  }
}
