import type { ErrorCode } from "../core/errors.ts";

/**
 * JSON text of an error outside any wire format: what is said where no path tells which format the client
 * speaks. The envelope is OpenAI's, the one that most programs understand.
 */
export function plainError(
  code: ErrorCode,
  message: string,
  status: number,
  param: string | null = null,
): string {
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  return JSON.stringify({ error: { message, type, param, code } });
}
