import type { Candidate } from "../../balancing/endpoint.ts";
import { ERROR_STATUS, type ErrorCode, GatewayError } from "../../core/errors.ts";
import type { ClientError, Format } from "../../formats/format.ts";
import type { Refusal } from "../classify.ts";
import { answerEditor, type EditedRequest } from "../edits/apply_edits.ts";
import { type HeaderMode, responseHeaders } from "../headers.ts";
import { errorFacts } from "../refusals/error_facts.ts";
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

  /** Passes the refusal of an attempt at `candidate` on: as it came, or as an error event where the head has already gone out. */
  refusal({ status, headers, body }: Refusal, candidate: Candidate | undefined): void {
    if (this.#client.status === 0) {
      const { request, mode } = this.#options;
      const clientHeaders = (candidate && answerEditor(candidate, request)) ?? responseHeaders;
      const fields = {
        ...clientHeaders(headers, mode),
        "content-length": String(body.length),
      };
      this.#client.head(status, fields);
      this.#client.write(body, false);
      this.#client.end();
      return;
    }
    const facts = errorFacts(body);
    const message = facts.message === "" ? `The upstream refused the request with ${status}.` : facts.message;
    this.#client.end(this.#event({ status, code: facts.codes[0] ?? "upstream_error", message }));
  }

  #event(error: Omit<ClientError, "requestId">): Uint8Array {
    const { format, requestId } = this.#options;
    return format?.errorEvent({ ...error, requestId }) ?? new Uint8Array(0);
  }
}
