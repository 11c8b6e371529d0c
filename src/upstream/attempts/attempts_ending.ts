import type { Decision, Why } from "../../balancing/decide.ts";
import type { Candidate } from "../../balancing/endpoint.ts";
import type { Tier } from "../../balancing/tier.ts";
import { GatewayError } from "../../core/errors.ts";
import { headerValue } from "../../core/exchange.ts";
import { NO_ROOM } from "../answer/hold_allowance.ts";
import type { AnswerTelling } from "../answer/answer_telling.ts";
import type { ClientAnswer } from "../answer/client_answer.ts";
import type { RelayResult } from "../answer/relay_options.ts";
import type { AttemptsRequest, AttemptsResult, AttemptsWhy } from "../attempts_request.ts";
import { upstreamRequestId } from "../headers.ts";
import { deadlineError, overloadAsLimit, verdictOf } from "../verdict.ts";
import type { AttemptNotes } from "./attempt_notes.ts";

/** How things stand when the attempts are over. */
export interface AttemptsStanding {
  readonly why: AttemptsWhy | undefined;
  /** What reading the client's body came to, where it failed. */
  readonly bodyError?: unknown;
}

/** An attempt that is over. */
export interface LastAttempt {
  readonly candidate: Candidate;
  readonly tier: Tier;
  readonly decision: Decision;
  readonly result: RelayResult;
}

/** Ends one request after its attempts: what the client is told, and what the record says. */
export class AttemptsEnding {
  readonly #client: ClientAnswer;
  readonly #telling: AnswerTelling;
  readonly #notes: AttemptNotes;
  readonly #asked: AttemptsRequest;

  constructor(client: ClientAnswer, telling: AnswerTelling, notes: AttemptNotes, asked: AttemptsRequest) {
    this.#client = client;
    this.#telling = telling;
    this.#notes = notes;
    this.#asked = asked;
  }

  /** Ends it after the last attempt, or after none; resolves when the client has its answer. */
  async conclude(last: LastAttempt | undefined, standing: AttemptsStanding): Promise<AttemptsResult> {
    const { why, bodyError } = standing;
    if (last?.result.committed === true) {
      await this.#client.finished;
      return this.#result(why, last.result, {});
    }
    if (this.#client.lost) return this.#result(why, undefined, { outcome: "client_gone" });
    if (bodyError instanceof GatewayError) return this.unanswered(bodyError, undefined, standing);
    if (last?.result.outcome.reason === NO_ROOM) return this.unanswered(noRoom(), last, standing);
    if (why?.stopped === "deadline") return this.unanswered(deadlineError(), last, standing);
    const { request } = this.#asked;
    const verdict = verdictOf(this.#notes.failures, why, request.model ?? request.path);
    if (verdict.kind === "error") {
      const isOverload = this.#asked.overloadAsLimit && verdict.error.code === "overloaded";
      return this.unanswered(isOverload ? overloadAsLimit(verdict.error) : verdict.error, last, standing);
    }
    this.#notes.served = last?.candidate;
    this.#telling.refusal(verdict.refusal, verdict.from, last?.candidate);
    await this.#client.finished;
    const outcome = this.#client.lost ? "client_gone" : "upstream_error";
    return this.#result(why, last?.result, { outcome });
  }

  /**
   * How things stand. `soonestMs`: until the first endpoint that was told to rest is back; Infinity where none is.
   * `stopped`, `waitedMs`: what else decided how often one was asked.
   */
  standing(
    why: Why | undefined,
    last: LastAttempt | undefined,
    { soonestMs, stopped, waitedMs }: {
      readonly soonestMs: number;
      readonly stopped: AttemptsWhy["stopped"];
      readonly waitedMs: number;
    },
  ): AttemptsStanding {
    if (why === undefined) return { why };
    const isResting = last?.result.committed !== true && soonestMs < Infinity;
    return {
      why: {
        ...why,
        ...(isResting ? { soonestMs } : {}),
        ...(stopped === undefined ? {} : { stopped }),
        ...(waitedMs === 0 ? {} : { waitedMs }),
      },
    };
  }

  /** Nothing of an upstream can be passed on: tells the error inside the stream, or leaves it to be answered. */
  async unanswered(
    error: GatewayError,
    last: LastAttempt | undefined,
    { why }: AttemptsStanding,
  ): Promise<AttemptsResult> {
    const outcome = last === undefined ? "rejected" : "upstream_error";
    if (this.#telling.error(error)) {
      await this.#client.finished;
      return this.#result(why, undefined, { outcome, errorCode: error.code });
    }
    this.#client.release();
    const result = this.#result(why, undefined, { outcome, errorCode: error.code });
    return { ...result, status: error.status, error };
  }

  #result(
    why: AttemptsWhy | undefined,
    relayed: RelayResult | undefined,
    known: { outcome?: AttemptsResult["outcome"]; errorCode?: string },
  ): AttemptsResult {
    const headers = relayed?.headers ?? {};
    const { records, served, servedMs } = this.#notes;
    return {
      records,
      outcome: known.outcome ?? this.#outcomeOf(relayed),
      status: this.#client.status === 0 ? 499 : this.#client.status,
      errorCode: known.errorCode ?? relayed?.errorCode ?? null,
      error: undefined,
      candidate: served,
      firstContentMs: servedMs ?? null,
      why,
      streamed: relayed?.streamed ?? false,
      whole: relayed?.whole === true && !this.#client.cutShort,
      contentType: headerValue(headers, "content-type"),
      contentEncoding: headerValue(headers, "content-encoding"),
      upstreamRequestId: upstreamRequestId(headers),
    };
  }

  #outcomeOf(relayed: RelayResult | undefined): AttemptsResult["outcome"] {
    if ((relayed?.errorCode ?? null) !== null) return "truncated";
    switch (relayed?.outcome.class) {
      case "ok":
        return this.#client.cutShort ? "client_gone" : "ok";
      case "client_gone":
        return "client_gone";
      default:
        return "upstream_error";
    }
  }
}

/** Answers that must be whole before they go on fill all memory that there is for them. */
function noRoom(): GatewayError {
  return new GatewayError("overloaded", "The gateway holds too many answers. Try again shortly.", {
    retryAfterMs: 1000,
  });
}
