import { STATUS_CODES } from "node:http";

import type { HeaderFields } from "../../../core/exchange.ts";

/** What HTTP/1.1 can carry as a field value (RFC 9110 §5.5), as one character a byte. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** The head of an HTTP/1.1 answer as bytes; a field whose value HTTP cannot carry is left out. */
export function answerHead(status: number, headers: HeaderFields): Uint8Array {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    for (const one of typeof value === "string" ? [value] : value) {
      if (!UNSENDABLE.test(one)) text += `${name}: ${one}\r\n`;
    }
  }
  text += "\r\n";
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
