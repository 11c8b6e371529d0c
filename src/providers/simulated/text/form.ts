import { Buffer } from "node:buffer";
import { VendorRefusal } from "../vendor_refusal.ts";

/** One part of a multipart form. */
export interface FormPart {
  readonly name: string;
  /** Present for a file. */
  readonly filename: string | undefined;
  readonly bytes: Buffer;
}

/** Most parts read of one form. */
const MAX_PARTS = 100;

/** The parts of a `multipart/form-data` body (RFC 7578), in order; refuses with 400 what is not one. */
export function readForm(contentType: string, body: Buffer): readonly FormPart[] {
  const boundary = /^multipart\/form-data\b.*\bboundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType);
  if (boundary === null) {
    throw new VendorRefusal(400, `Expected multipart/form-data with a boundary, got '${contentType}'`);
  }
  const mark = Buffer.from(`\r\n--${boundary[1] ?? boundary[2] ?? ""}`);
  // The first boundary has no line end before it: one in front makes all alike.
  const text = Buffer.concat([Buffer.from("\r\n"), body]);
  const parts: FormPart[] = [];
  let at = text.indexOf(mark);
  while (at >= 0 && parts.length < MAX_PARTS) {
    const next = text.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const headEnd = text.indexOf("\r\n\r\n", at);
    if (headEnd < 0 || headEnd > next) throw new VendorRefusal(400, "A part of the form has no header");
    const head = text.toString("utf8", at + mark.length, headEnd);
    const name = /\bname="([^"]*)"/i.exec(head)?.[1];
    if (name === undefined) throw new VendorRefusal(400, "A part of the form has no name");
    const filename = /\bfilename="([^"]*)"/i.exec(head)?.[1];
    parts.push({ name, filename, bytes: text.subarray(headEnd + 4, next) });
    at = next;
  }
  if (parts.length === 0) throw new VendorRefusal(400, "The form has no part");
  return parts;
}

/** The text of the form's first field of that name, or undefined. */
export function formText(parts: readonly FormPart[], name: string): string | undefined {
  return parts.find((part) => part.name === name && part.filename === undefined)?.bytes.toString("utf8");
}

/** The form's files of that name (or `name[]`); refuses with 400 a form without one. */
export function formFiles(parts: readonly FormPart[], name: string): readonly FormPart[] {
  const files = parts.filter((part) =>
    part.filename !== undefined && (part.name === name || part.name === `${name}[]`)
  );
  if (files.length === 0) {
    throw new VendorRefusal(400, `Missing required parameter: '${name}'`, { param: name });
  }
  return files;
}
