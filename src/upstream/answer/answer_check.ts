import { type HeaderFields, headerValue } from "../../core/exchange.ts";
import { JsonScanError, scanTopLevel } from "../../core/bytes/json_span.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { ErrorRule } from "../../providers/provider.ts";
import { classifyErrorData, classifyRefusal, isPage, type Refusal } from "../classify.ts";
import type { HeaderMode } from "../headers.ts";

/** How a body is treated, known with the head. */
export type Treatment =
  /** Read, classified, perhaps passed on later. */
  | "refusal"
  /** A stream that the format reads: held until its first content. */
  | "events"
  /** Held whole, checked, then passed on. */
  | "whole"
  /** Passed on as it comes. */
  | "bytes";

/** What the request tells of the answer it wants. */
export interface AnswerWanted {
  readonly method: string;
  readonly mode: HeaderMode;
  /** The format is known, so that its streams can be read. */
  readonly readable: boolean;
  /** The path makes answers: an empty, invalid or error-bearing 200 is a failure, not a stored object. */
  readonly inference: boolean;
  /** A streamed answer is a JSON array: it passes as it comes. */
  readonly array: boolean;
  /** The request asked for an event stream and its path makes nothing binary: events are events under any label. */
  readonly events: boolean;
}

/** How the first line of an event stream may begin. */
const EVENT_STARTS = ["data:", "event:", "id:", "retry:", ":"].map((text) => new TextEncoder().encode(text));

/**
 * Chooses the treatment of an answer by its head. One that is `translated` is never passed on as it came: it is
 * read as events where it is a stream and the client awaits one, else whole.
 */
export function treatmentOf(
  status: number,
  headers: HeaderFields,
  wanted: AnswerWanted,
  translated?: { readonly streams: boolean },
): Treatment {
  // 304 answers a conditional request; it is what the client hoped for.
  if ((status < 200 || status > 299) && status !== 304) return "refusal";
  if (translated !== undefined) return translated.streams && isEventStream(headers) ? "events" : "whole";
  if (wanted.method === "HEAD" || status === 204 || status === 206 || status === 304) return "bytes";
  if (isEventStream(headers)) return wanted.readable && !isEncoded(headers) ? "events" : "bytes";
  const type = headerValue(headers, "content-type")?.toLowerCase() ?? "";
  if (wanted.array && type.startsWith("application/json")) return "bytes";
  if (/^application\/(?:[\w.-]+\+)?json(?:\s*;|\s*$)/.test(type)) return "whole";
  // A page where an API should be, or an answer without a type, is not passed on before it was looked at.
  if (type.startsWith("text/html") && wanted.mode === "api") return "whole";
  return type === "" && wanted.inference ? "whole" : "bytes";
}

/** Whether the head says that events follow. */
export function isEventStream(headers: HeaderFields): boolean {
  return headerValue(headers, "content-type")?.toLowerCase().startsWith("text/event-stream") === true;
}

/** Whether an answer treated as bytes, of which `first` came, is an event stream under another label. */
export function isUnlabelledStream(first: Uint8Array, headers: HeaderFields, wanted: AnswerWanted): boolean {
  if (!wanted.events || first.length === 0 || isEncoded(headers)) return false;
  // A first piece shorter than the field name is taken for its beginning.
  return EVENT_STARTS.some((start) => start.every((byte, at) => at >= first.length || byte === first[at]));
}

/** Finds what is wrong with a whole 2xx answer, in one pass and without parsing it; undefined when nothing is. */
export function checkAnswer(
  answer: Refusal,
  wanted: AnswerWanted,
  rules: readonly ErrorRule[],
): Outcome | undefined {
  const { headers, body, status } = answer;
  if (isEncoded(headers)) return undefined;
  if (wanted.mode === "api" && isPage(headers, body)) return classifyRefusal(answer, [], 0);
  if (!wanted.inference) return undefined;
  const check = checkJson(body);
  if (check === "json") return undefined;
  if (check === "error_member") {
    const outcome = classifyErrorData(body, "error_in_ok", rules);
    return outcome === undefined ? undefined : { ...outcome, status };
  }
  return { class: "broken", reason: check === "empty" ? "empty_answer" : "invalid_json", status };
}

/** Whether the body is compressed although we asked for `identity`: then nothing inside it can be seen. */
function isEncoded(headers: HeaderFields): boolean {
  return (headerValue(headers, "content-encoding")?.toLowerCase() ?? "identity") !== "identity";
}

/** Too deep or repeated members are the vendor's to send: only what is no JSON at all is invalid. */
function checkJson(body: Uint8Array): "json" | "error_member" | "empty" | "invalid" {
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const bytes = hasMark ? body.subarray(3) : body;
  if (isBlank(bytes)) return "empty";
  try {
    const error = scanTopLevel(bytes, ["error"]).members.get("error");
    // 0x6e: `null`.
    return error === undefined || bytes[error.start] === 0x6e ? "json" : "error_member";
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
    return error.reason === "syntax" ? "invalid" : "json";
  }
}

/** Whether there is nothing but white space. */
function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}
