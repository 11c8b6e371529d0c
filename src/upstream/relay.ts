import type { ErrorCode } from "../core/errors.ts";
import type { HeaderFields } from "../core/exchange.ts";
import type { Outcome } from "../core/outcome.ts";
import { checkAnswer, isUnlabelledStream, type Treatment, treatmentOf } from "./answer/answer_check.ts";
import { AnswerOutlet } from "./answer/answer_outlet.ts";
import type { AnswerSource, ClientAnswer } from "./answer/client_answer.ts";
import { HeldBytes } from "./answer/held_bytes.ts";
import { fieldsWithoutKey, refusalWithoutKey } from "./answer/key_echo.ts";
import type { RelayOptions, RelayResult } from "./answer/relay_options.ts";
import { NO_ROOM } from "./answer/hold_allowance.ts";
import { StreamWatch } from "./answer/stream_watch.ts";
import { mayHold, wholeBody } from "./answer/whole_answer.ts";
import type { Call, CallHandler } from "./call.ts";
import { classifyDeadline, classifyFailure, classifyRefusal, type Refusal } from "./classify.ts";
import { Deadlines, type DeadlineStage } from "./deadlines.ts";
import { limitFacts } from "./refusals/limit_facts.ts";
import type { CallFailure } from "./transport/call_failure.ts";

export type { RelayOptions, RelayResult };

/** Most bytes of a refusal's body that are read; a longer one is classified by its beginning and not passed on. */
export const MAX_REFUSAL_BYTES = 256 * 1024;

/**
 * Relays one attempt's answer: open (no head yet), held (nothing of it has reached the client), committed,
 * over. Until it commits it may fail without the client noticing; after that every abnormal end is told: in an
 * event stream by the format's error event and no end mark, elsewhere by cutting the connection.
 */
export class Relay implements CallHandler, AnswerSource {
  readonly #options: RelayOptions;
  readonly #client: ClientAnswer;
  readonly #outlet: AnswerOutlet;
  readonly #startedMs: number;
  readonly #deadlines: Deadlines;
  readonly #held = new HeldBytes();
  #call: Call | undefined;
  #treatment: Treatment = "bytes";
  #stream: StreamWatch | undefined;
  #status = 0;
  #headers: HeaderFields = {};
  #sent = false;
  #committed = false;
  #over = false;
  #headMs: number | null = null;
  #firstContentMs: number | null = null;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#outlet = new AnswerOutlet(options.client, options);
    this.#startedMs = options.runtime.monotonic();
    this.#deadlines = new Deadlines(options.runtime, options.deadlines, (stage) => this.#expired(stage));
  }

  /** Gives it the call it is the handler of; to be called right after the call was started. */
  attach(call: Call): void {
    this.#call = call;
    if (this.#over) call.abort();
    else this.#client.source = this;
  }

  /** A piece of a streamed request body left: the upstream is not silent, it is being told. */
  uploading(): void {
    this.#deadlines.touch();
  }

  sent(): void {
    this.#sent = true;
    this.#deadlines.enter("headers");
  }

  head(status: number, headers: HeaderFields): void {
    const { wanted, key, translation } = this.#options;
    this.#status = status;
    this.#headers = fieldsWithoutKey(headers, key);
    this.#headMs = this.#elapsedMs();
    const limits = limitFacts(headers, this.#options.runtime.now());
    if (limits !== undefined) this.#options.told(limits);
    this.#treatment = treatmentOf(status, headers, wanted, translation);
    if (this.#treatment === "events") this.#watch();
    else this.#deadlines.enter("idle");
    // Keep-alives already went out under the head of an event stream: only events can follow them.
    if (this.#client.status !== 0 && (this.#treatment === "whole" || this.#treatment === "bytes")) {
      this.#settle({ class: "broken", reason: "not_a_stream", status });
    }
  }

  data(chunk: Uint8Array): void {
    this.#deadlines.touch();
    if (this.#treatment !== "refusal" && this.#isUnlabelled(chunk)) this.#watch();
    switch (this.#treatment) {
      case "events":
        return this.#eventBytes(chunk);
      case "bytes":
        if (!this.#committed) this.#commit({ keepLength: true });
        return this.#client.write(chunk, false);
      case "whole":
        this.#held.push(chunk);
        return void (mayHold(chunk, this.#options) || this.#giveUpHolding());
      case "refusal":
        this.#held.push(chunk);
        if (this.#held.sizeBytes > MAX_REFUSAL_BYTES) this.#refused(false);
    }
  }

  end(): void {
    switch (this.#treatment) {
      case "events":
        return this.#endOfEvents();
      case "bytes":
        return this.#endOfBytes();
      case "whole":
        return this.#wholeAnswer();
      case "refusal":
        return this.#refused(true);
    }
  }

  failed(failure: CallFailure): void {
    if (this.#treatment === "refusal") return this.#refused(false);
    this.#brokenOff(classifyFailure(failure), "upstream_truncated");
  }

  pause(): void {
    this.#deadlines.hold();
    this.#call?.pause();
  }

  resume(): void {
    this.#deadlines.release();
    this.#call?.resume();
  }

  /** Ends the attempt for a `reason` of the request's own, which marks nobody; a client that saw some of the answer is told `code`. */
  giveUp(reason: string, code: ErrorCode): void {
    this.#brokenOff({ class: "client_gone", reason }, code);
  }

  clientLost(): void {
    // Clients close the connection as soon as they have seen the end mark.
    if (this.#committed && this.#stream?.endMarked === true) return this.#settleEnded();
    this.#settle({ class: "client_gone", reason: "client_gone" });
  }

  /** Whether an answer that began with `chunk` is a stream that its head does not call one. */
  #isUnlabelled(chunk: Uint8Array): boolean {
    if (this.#committed || this.#held.sizeBytes > 0 || this.#treatment === "events") return false;
    const { wanted, translation } = this.#options;
    return translation?.streams !== false && isUnlabelledStream(chunk, this.#headers, wanted);
  }

  #watch(): void {
    const { format, rules, key, stripsUsage, commit } = this.#options;
    const allowance = commit === "complete" ? this.#options.allowance : undefined;
    this.#treatment = "events";
    if (format) {
      this.#stream = new StreamWatch(format.streamReader(), rules, key, allowance, stripsUsage);
    }
    this.#deadlines.enter("first_content");
  }

  #eventBytes(chunk: Uint8Array): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const failure = stream.push(chunk);
    if (failure !== undefined) return this.#settle(failure);
    if (stream.hasContent) this.#contentArrived();
    if (!stream.mustPass) return;
    this.#commit({ keepLength: false });
    if (!this.#outlet.events(stream.take(), stream.between)) this.#untranslatable();
  }

  /** The answer cannot be put into the client's format, which an end mark of its own does not mend. */
  #untranslatable(): void {
    const outcome: Outcome = { class: "broken", reason: "untranslatable", status: this.#status };
    if (!this.#committed) return this.#settle(outcome);
    this.#client.end(this.#options.errorEvent("upstream_malformed"));
    this.#settle(outcome, { errorCode: "upstream_malformed" });
  }

  #endOfEvents(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const empty = !stream.hasContent && stream.told === undefined && this.#options.wanted.inference;
    if (!stream.ended || empty) {
      const reason = this.#committed || stream.hasContent ? "truncated" : "empty_answer";
      return this.#brokenOff({ class: "broken", reason, status: this.#status }, "upstream_truncated");
    }
    this.#commit({ keepLength: false });
    if (this.#outlet.events(stream.takeAll(), stream.between)) this.#settleEnded();
    else this.#untranslatable();
  }

  #endOfBytes(): void {
    const { inference, method } = this.#options.wanted;
    if (!this.#committed && inference && method === "POST" && this.#status === 200) {
      return this.#settle({ class: "broken", reason: "empty_answer", status: 200 });
    }
    this.#commit({ keepLength: true });
    this.#settleEnded();
  }

  #wholeAnswer(): void {
    const body = wholeBody(this.#held, this.#headers, this.#options);
    if (!(body instanceof Uint8Array)) return this.#settle({ ...body, status: this.#status });
    const answer = { status: this.#status, headers: this.#headers, body };
    const wrong = checkAnswer(answer, this.#options.wanted, this.#options.rules);
    if (wrong !== undefined) {
      return this.#settle(wrong, wrong.reason === "error_in_ok" ? { refusal: answer } : {});
    }
    const told = this.#outlet.translated(body);
    if (told === undefined) return this.#untranslatable();
    this.#commit({ keepLength: true });
    this.#client.write(told, this.#outlet.streams(false));
    this.#settleEnded();
  }

  #giveUpHolding(): void {
    const { translation, allowance } = this.#options;
    if (translation) return allowance.refused ? this.giveUp(NO_ROOM, "overloaded") : this.#untranslatable();
    this.#treatment = "bytes";
    this.#commit({ keepLength: true });
    for (const piece of this.#held.take()) this.#client.write(piece, false);
  }

  #refused(whole: boolean): void {
    const refusal = { status: this.#status, headers: this.#headers, body: this.#held.join() };
    const { rules, runtime } = this.#options;
    this.#settle(classifyRefusal(refusal, rules, runtime.now()), whole ? { refusal } : {});
  }

  #commit({ keepLength }: { keepLength: boolean }): void {
    if (this.#committed) return;
    this.#committed = true;
    this.#contentArrived();
    this.#options.committing();
    if (this.#stream === undefined) this.#client.stopKeepAlive();
    this.#outlet.head(this.#status, this.#headers, keepLength);
  }

  #contentArrived(): void {
    if (this.#firstContentMs !== null) return;
    this.#firstContentMs = this.#elapsedMs();
    this.#deadlines.enter("idle");
    this.#options.firstContent();
  }

  #expired(stage: DeadlineStage): void {
    if (this.#treatment === "refusal") return this.#refused(false);
    this.#brokenOff(classifyDeadline(stage, this.#sent), "upstream_timeout");
  }

  /** The answer stops before its end: tells the client where it has seen some of it. */
  #brokenOff(outcome: Outcome, errorCode: ErrorCode): void {
    const stream = this.#stream;
    if (!this.#committed) return this.#settle(outcome);
    // All that the format has to say was said; only the connection ended badly.
    if (stream?.endMarked === true) return this.#settleEnded();
    this.#call?.abort();
    // Inside an array there is no place for an event.
    if (stream === undefined || this.#options.wanted.array) this.#client.cut();
    else this.#client.end(this.#options.errorEvent(errorCode));
    this.#settle(outcome, { errorCode });
  }

  /** The answer came to its own end, which may be an error told by the upstream itself. */
  #settleEnded(): void {
    const told = this.#stream?.told;
    if (!this.#outlet.end(this.#stream, this.#options.toldEvent)) return this.#untranslatable();
    this.#settle(told ?? { class: "ok", reason: "ok", status: this.#status }, { whole: told === undefined });
  }

  #settle(
    outcome: Outcome,
    more: { whole?: boolean; refusal?: Refusal; errorCode?: ErrorCode } = {},
  ): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadlines.stop();
    this.#client.source = undefined;
    this.#call?.abort();
    this.#options.settled({
      outcome,
      committed: this.#committed,
      whole: more.whole ?? false,
      streamed: this.#outlet.streams(this.#stream !== undefined),
      refusal: more.refusal && refusalWithoutKey(more.refusal, this.#options.key),
      errorCode: more.errorCode ?? null,
      headers: this.#headMs === null ? undefined : this.#outlet.described(this.#headers),
      headMs: this.#headMs,
      firstContentMs: this.#firstContentMs,
    });
  }

  #elapsedMs(): number {
    return this.#options.runtime.monotonic() - this.#startedMs;
  }
}
