import { Buffer } from "node:buffer";
import type { Span } from "../../core/bytes/json_span.ts";
import { GatewayError } from "../../core/errors.ts";

/** Most parts of one form that are looked at. */
const MAX_PARTS = 1000;

/** Longest value of a field that is read, in bytes; a model's name is far shorter. */
const MAX_VALUE_BYTES = 1024;

/** A small text field of a form. */
export interface FormField {
  readonly span: Span;
  readonly value: string;
}

/**
 * Finds the wanted text fields in the first bytes of a `multipart/form-data` body (RFC 7578). Only whole parts
 * count: a field cut off by the end of `bytes` is not seen. Throws `GatewayError` `invalid_body` when a wanted
 * field comes twice: two readers of the form could see two different requests.
 */
export function formFields(
  bytes: Uint8Array,
  contentType: string,
  wanted: readonly string[],
): Map<string, FormField> {
  const found = new Map<string, FormField>();
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return found;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A delimiter counts at the start of a line only (RFC 2046 §5.1.1), else a file could forge fields.
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  let at = buffer.indexOf(delimiter.subarray(2)) === 0 ? -2 : buffer.indexOf(delimiter);
  for (let part = 0; part < MAX_PARTS && at !== -1; part++) {
    const headStart = at + delimiter.length;
    const headEnd = buffer.indexOf("\r\n\r\n", headStart, "latin1");
    if (headEnd < 0) break;
    const next = buffer.indexOf(delimiter, headEnd + 2);
    if (next < 0) break;
    const name = fieldName(buffer.toString("latin1", headStart, headEnd));
    const span = { start: headEnd + 4, end: next };
    if (name !== undefined && wanted.includes(name) && span.end - span.start <= MAX_VALUE_BYTES) {
      if (found.has(name)) {
        throw new GatewayError("invalid_body", `The form holds the field '${name}' twice. Send it once.`, {
          param: name,
        });
      }
      found.set(name, { span, value: buffer.toString("utf8", span.start, span.end) });
    }
    at = next;
  }
  return found;
}

/** The boundary parameter (RFC 2046 §5.1.1: 1 to 70 characters), quoted or not. */
function boundaryOf(contentType: string): string | undefined {
  const parameter = contentType.split(";").map((part) => part.trim()).find((part) =>
    part.toLowerCase().startsWith("boundary=")
  );
  const value = parameter?.slice("boundary=".length).replaceAll('"', "");
  return value === undefined || value === "" || value.length > 70 ? undefined : value;
}

/** The field's name from a part's header; undefined for a file part, whose bytes are nobody's field. */
function fieldName(head: string): string | undefined {
  const disposition = head.split("\r\n").find((line) =>
    line.toLowerCase().startsWith("content-disposition:")
  );
  if (disposition === undefined || disposition.toLowerCase().includes("filename")) return undefined;
  const parameter = disposition.split(";").map((part) => part.trim()).find((part) =>
    part.startsWith("name=")
  );
  return parameter?.slice("name=".length).replaceAll('"', "");
}
