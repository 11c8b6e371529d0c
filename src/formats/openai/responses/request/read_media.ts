import { Buffer } from "node:buffer";
import type { FilePart, ImagePart, MediaSource } from "../../../../core/chat.ts";
import { invalid, type Members, ownNative, RESPONSES } from "../wire.ts";
import { readCacheMark } from "./cache_mark.ts";

/** `data:` URI (RFC 2397): media type with its parameters, whether base64, data. */
const DATA_URI = /^data:([^,]*?)(;base64)?,/i;

/** Media types of documents given as bare base64, by the ending of their name; PDF is what the vendor supposes. */
const TYPES_BY_ENDING: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  json: "application/json",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
};

const IMAGE_MEMBERS = new Set(["type", "image_url", "file_id", "detail", "prompt_cache_breakpoint"]);
const FILE_MEMBERS = new Set([
  "type",
  "file_data",
  "file_url",
  "file_id",
  "filename",
  "detail",
  "prompt_cache_breakpoint",
]);

/** Reads an `input_image`. */
export function readImage(part: Members): ImagePart {
  const url = part.text("image_url");
  const id = part.text("file_id");
  if (url === undefined && id === undefined) {
    invalid(part.path("image_url"), "is missing, and so is 'file_id'");
  }
  return {
    kind: "image",
    source: url === undefined ? idSource(id ?? "") : readUrl(url, part.path("image_url")),
    detail: part.text("detail"),
    cache: readCacheMark(part),
    native: ownNative({ other: part.others(IMAGE_MEMBERS) }),
  };
}

/** Reads an `input_file`. */
export function readFile(part: Members): FilePart {
  const name = part.text("filename");
  return {
    kind: "file",
    source: fileSource(part, name),
    name,
    cache: readCacheMark(part),
    native: ownNative({ detail: part.text("detail"), other: part.others(FILE_MEMBERS) }),
  };
}

function fileSource(part: Members, name: string | undefined): MediaSource {
  const data = part.text("file_data");
  if (data !== undefined) {
    if (DATA_URI.test(data)) return readUrl(data, part.path("file_data"));
    const ending = name?.split(".").pop()?.toLowerCase() ?? "pdf";
    const mediaType = TYPES_BY_ENDING[ending] ?? "application/pdf";
    return { from: "base64", mediaType, data: data.replace(/\s+/g, "") };
  }
  const url = part.text("file_url");
  if (url !== undefined) return readUrl(url, part.path("file_url"));
  const id = part.text("file_id");
  return id === undefined
    ? invalid(part.path("file_data"), "is missing, and so are 'file_url' and 'file_id'")
    : idSource(id);
}

function idSource(id: string): MediaSource {
  return { from: "id", id, format: RESPONSES };
}

function readUrl(url: string, param: string): MediaSource {
  const match = DATA_URI.exec(url);
  if (match === null) return { from: "url", url };
  const data = url.slice(match[0].length);
  const mediaType = match[1] || "text/plain";
  if (match[2] !== undefined) return { from: "base64", mediaType, data: data.replace(/\s+/g, "") };
  try {
    return { from: "base64", mediaType, data: Buffer.from(decodeURIComponent(data)).toString("base64") };
  } catch {
    return invalid(param, "holds a data URI that is not percent-encoded rightly");
  }
}
