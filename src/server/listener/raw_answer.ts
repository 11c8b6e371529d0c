import type { Duplex } from "node:stream";

import { ERROR_STATUS, type ErrorCode } from "../../core/errors.ts";
import { plainError } from "../plain_error.ts";

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  405: "Method Not Allowed",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

/** Answers on a socket whose request never became one (its head is broken, too large or late), and closes it. */
export function rawAnswer(socket: Duplex, code: ErrorCode, message: string): void {
  const status = ERROR_STATUS[code];
  const body = plainError(code, message, status);
  const head =
    `HTTP/1.1 ${status} ${REASONS[status] ?? "Error"}\r\ncontent-type: application/json; charset=utf-8\r\n` +
    `content-length: ${
      new TextEncoder().encode(body).length
    }\r\ncache-control: no-store\r\nconnection: close\r\n\r\n`;
  // Destroyed once the bytes are out: a peer that half-closes no more would keep the socket open.
  socket.end(head + body, () => socket.destroy());
}
