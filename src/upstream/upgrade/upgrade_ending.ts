import { GatewayError } from "../../core/errors.ts";
import { type HeaderFields, headerValue } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { RecordOutcome } from "../../recording/record.ts";
import type { AttemptNotes } from "../attempts/attempt_notes.ts";
import type { AttemptsResult, AttemptsWhy } from "../attempts_request.ts";
import { responseHeaders, upstreamRequestId } from "../headers.ts";
import { deadlineError, verdictOf } from "../verdict.ts";
import type { SessionEnd, SocketSession } from "./socket_relay.ts";
import type { UpgradeRequest, UpgradeResult } from "./upgrade_request.ts";

/** What each end of a session means: to balancing, to the record, and as a stable code. */
const ENDS: Readonly<Record<SessionEnd, { outcome: Outcome; record: RecordOutcome; code: string | null }>> = {
  closed: { outcome: { class: "ok", reason: "ok", status: 101 }, record: "ok", code: null },
  "client_left": {
    outcome: { class: "client_gone", reason: "client_gone", status: 101 },
    record: "client_gone",
    code: null,
  },
  "upstream_dropped": {
    outcome: { class: "broken", reason: "truncated", status: 101 },
    record: "truncated",
    code: "upstream_truncated",
  },
  idle: {
    outcome: { class: "client_gone", reason: "idle", status: 101 },
    record: "truncated",
    code: "upstream_timeout",
  },
  cut: { outcome: { class: "client_gone", reason: "cut", status: 101 }, record: "client_gone", code: null },
};

/** What the end of a session teaches about its endpoint. Silence and our own doing mark nobody. */
export function outcomeOf({ end }: SocketSession): Outcome {
  return ENDS[end].outcome;
}

/** Ends one request for a WebSocket after its attempts: what the client is told, and what the record says. */
export class UpgradeEnding {
  readonly #notes: AttemptNotes;
  readonly #asked: UpgradeRequest;

  constructor(notes: AttemptNotes, asked: UpgradeRequest) {
    this.#notes = notes;
    this.#asked = asked;
  }

  /** A session was open and is over. */
  session(session: SocketSession, headers: HeaderFields, why: AttemptsWhy | undefined): UpgradeResult {
    const { record, code } = ENDS[session.end];
    const status = this.#asked.exchange.headSent ? 101 : 499;
    const known = { outcome: record, status, errorCode: code };
    return {
      session,
      result: this.#result(why, { ...known, upstreamRequestId: upstreamRequestId(headers) }),
    };
  }

  /** Nobody took it up: passes on the upstream's refusal, or leaves the error to be answered. */
  unanswered(why: AttemptsWhy | undefined): UpgradeResult {
    const { exchange, model, path, mode, headersFor } = this.#asked;
    const { failures } = this.#notes;
    if (exchange.gone) {
      return this.#unopened(this.#result(why, { outcome: "client_gone", status: 499, errorCode: null }));
    }
    if (why?.stopped === "deadline") return this.failed(deadlineError(), why);
    const verdict = verdictOf(failures, why, model ?? path);
    if (verdict.kind === "error") return this.failed(verdict.error, why);
    const { status, headers, body } = verdict.refusal;
    exchange.head(status, {
      ...responseHeaders(headers, mode),
      "content-length": String(body.length),
      ...headersFor(undefined, failures.length),
    });
    exchange.end(body);
    return this.#unopened(this.#result(why, { outcome: "upstream_error", status, errorCode: null }));
  }

  /** The error is the caller's to tell. */
  failed(error: GatewayError, why: AttemptsWhy | undefined): UpgradeResult {
    const outcome = this.#notes.failures.length === 0 ? "rejected" : "upstream_error";
    const known = { outcome, status: error.status, errorCode: error.code } as const;
    return this.#unopened({ ...this.#result(why, known), error });
  }

  #unopened(result: AttemptsResult): UpgradeResult {
    return { session: undefined, result };
  }

  #result(
    why: AttemptsWhy | undefined,
    known: Pick<AttemptsResult, "outcome" | "status" | "errorCode"> & {
      upstreamRequestId?: string | undefined;
    },
  ): AttemptsResult {
    const { records, served, servedMs } = this.#notes;
    return {
      records,
      error: undefined,
      candidate: served,
      firstContentMs: servedMs ?? null,
      why,
      streamed: false,
      whole: false,
      contentType: undefined,
      contentEncoding: undefined,
      upstreamRequestId: undefined,
      ...known,
    };
  }
}

/** The upstream's fields of a 101 that reach the client: what belongs to the handshake (RFC 6455 §4.2.2), and what passes with any answer. */
export function acceptedHeaders(headers: HeaderFields, mode: UpgradeRequest["mode"]): HeaderFields {
  const fields = responseHeaders(headers, mode);
  for (const name of ["sec-websocket-accept", "sec-websocket-protocol", "sec-websocket-extensions"]) {
    fields[name] = headerValue(headers, name);
  }
  return fields;
}
