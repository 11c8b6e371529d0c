import type { Candidate } from "../../balancing/endpoint.ts";
import { ERROR_STATUS, type ErrorCode, GatewayError } from "../../core/errors.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { ClientError, Format } from "../../formats/format.ts";
import type { Refusal } from "../classify.ts";
import { answerEditor, type EditedRequest } from "../edits/apply_edits.ts";
import { type HeaderMode, responseHeaders } from "../headers.ts";
import { errorFacts } from "../refusals/error_facts.ts";
import { vendorNeutral } from "./answer_outlet.ts";
import type { ClientAnswer } from "./client_answer.ts";

/** What telling bad news needs to know. */
export interface TellingOptions {
  readonly format: Format | undefined;
  readonly mode: HeaderMode;
  readonly requestId: string;
  readonly request: EditedRequest;
}

/** What a stream says of how it was broken off. */
const BROKEN_OFF: Readonly<Partial<Record<ErrorCode, string>>> = {
  "upstream_truncated":
    "The upstream's answer broke off before its end. What has arrived is not complete; send the request again.",
  "deadline_exceeded":
    "The deadline that the request set has passed before the answer's end. What has arrived is not complete.",
  "upstream_timeout":
    "The upstream stopped sending before its answer's end. What has arrived is not complete; send the request again.",
};

/** Tells the client what went wrong, in whichever way is still open: a status of its own, or inside the stream. */
export class AnswerTelling {
  readonly #client: ClientAnswer;
  readonly #options: TellingOptions;

  constructor(client: ClientAnswer, options: TellingOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The format's error event for a stream broken off; empty without a format, where the connection is cut instead. */
  errorEvent(code: ErrorCode): Uint8Array {
    const message = BROKEN_OFF[code] ?? "The answer broke off before its end. Send the request again.";
    return this.#event({ status: ERROR_STATUS[code], code, message });
  }

  /** Tells an error of the gateway's inside the stream; false, doing nothing, where the head has not gone out. */
  error(error: GatewayError): boolean {
    if (this.#client.status === 0) return false;
    const { status, code, message, detail } = error;
    this.#client.end(this.#event({ status, code, message, param: detail.param }));
    return true;
  }

  /** The event for an error that the upstream told inside its stream, in another format than the client's. */
  toldEvent(data: Uint8Array, outcome: Outcome): Uint8Array {
    const { status = 500 } = errorFacts(data);
    return this.#event(clientError(status, data, outcome));
  }

  /**
   * Passes an upstream's refusal on: as it came, in the client's own format where it `translated` from another, or
   * as an error event where the head has already gone out.
   */
  refusal(
    { status, headers, body }: Refusal,
    { outcome, translated }: { readonly outcome: Outcome; readonly translated: boolean },
    candidate: Candidate | undefined,
  ): void {
    const { format, mode, requestId, request } = this.#options;
    const clientHeaders = (candidate && answerEditor(candidate, request)) ?? responseHeaders;
    if (this.#client.status !== 0) return this.#client.end(this.#event(clientError(status, body, outcome)));
    if (!translated || format === undefined) {
      return this.#answer(status, clientHeaders(headers, mode), body);
    }
    const error = { ...clientError(status, body, outcome), requestId };
    const own = new TextEncoder().encode(format.errorBody(error));
    this.#answer(format.errorStatus?.(error) ?? status, {
      ...vendorNeutral(clientHeaders(headers, mode)),
      "content-type": "application/json; charset=utf-8",
    }, own);
  }

  #answer(status: number, headers: HeaderFields, body: Uint8Array): void {
    this.#client.head(status, { ...headers, "content-length": String(body.length) });
    this.#client.write(body, false);
    this.#client.end();
  }

  #event(error: Omit<ClientError, "requestId">): Uint8Array {
    const { format, requestId } = this.#options;
    return format?.errorEvent({ ...error, requestId }) ?? new Uint8Array(0);
  }
}

/** What an upstream's error says, in words that hold for any format. */
function clientError(status: number, body: Uint8Array, outcome: Outcome): Omit<ClientError, "requestId"> {
  const { message, codes } = errorFacts(body);
  return {
    status,
    // The one code that clients of every format act on: agents shorten their conversation and go on.
    code: outcome.class === "too_long" ? "context_length_exceeded" : codes[0] ?? "upstream_error",
    message: message === "" ? `The upstream refused the request with ${status}.` : message,
  };
}
