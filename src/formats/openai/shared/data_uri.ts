import { Buffer } from "node:buffer";
import type { MediaSource } from "../../../core/chat.ts";

type Base64Source = Extract<MediaSource, { readonly from: "base64" }>;

/** Type that RFC 2397 does not give: what says nothing about itself is bytes. */
const UNKNOWN_TYPE = "application/octet-stream";

/**
 * Reads a `data:` URI (RFC 2397) with its data in base64, whatever it came in; undefined for any other text.
 * Parameters of the media type are left out, and so is white space in the data.
 */
export function readDataUri(uri: string): Base64Source | undefined {
  const comma = /^data:/i.test(uri) ? uri.indexOf(",") : -1;
  if (comma < 0) return undefined;
  const [type = "", ...parameters] = uri.slice("data:".length, comma).split(";");
  const mediaType = type.trim().toLowerCase() || UNKNOWN_TYPE;
  const text = uri.slice(comma + 1);
  const isBase64 = parameters.at(-1)?.trim().toLowerCase() === "base64";
  return { from: "base64", mediaType, data: isBase64 ? bareBase64(text) : toBase64(text) };
}

/** Base64 without the white space that some clients break lines with. */
export function bareBase64(text: string): string {
  return /\s/.test(text) ? text.replace(/\s+/g, "") : text;
}

/** Writes one. */
export function writeDataUri({ mediaType, data }: Omit<Base64Source, "from">): string {
  return `data:${mediaType};base64,${data}`;
}

function toBase64(percentEncoded: string): string {
  let text = percentEncoded;
  try {
    text = decodeURIComponent(percentEncoded);
  } catch {
    // A lone percent sign: the text was not encoded.
  }
  return Buffer.from(text).toString("base64");
}
