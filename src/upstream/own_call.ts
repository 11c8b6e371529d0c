import type { HeaderFields } from "../core/exchange.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Runtime } from "../core/runtime.ts";
import type { ErrorRule } from "../providers/provider.ts";
import type { Call, CallHandler, CallRequest, CallStarter } from "./call.ts";
import { classifyDeadline, classifyFailure, classifyRefusal, isPage } from "./classify.ts";
import { Deadlines } from "./deadlines.ts";
import type { CallFailure } from "./transport/call_failure.ts";

/** What one call of our own needs. */
export interface OwnCallParts {
  readonly caller: CallStarter;
  readonly runtime: Runtime;
  readonly request: CallRequest;
  /** What the answer's errors mean before the common table. */
  readonly rules: readonly ErrorRule[];
  /** For the whole call. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** What becomes of a longer answer: its beginning is enough, or it is `broken`. */
  readonly longer: "cut" | "broken";
  /** Which statuses are good; absent: 200 to 299. */
  readonly expect?: readonly (readonly [low: number, high: number])[];
}

/** What it came to: a body only where the outcome is `ok`. */
export interface OwnAnswer {
  readonly outcome: Outcome;
  readonly body: Uint8Array | undefined;
}

/** Makes one call beside the traffic and reads its answer, classified as any attempt would be. Never rejects. */
export function ownCall(parts: OwnCallParts): Promise<OwnAnswer> {
  return new Promise((resolve) => {
    const reader = new AnswerReader(parts, resolve);
    reader.attach(parts.caller.startCall(parts.request, reader));
  });
}

const SUCCESS = [[200, 299]] as const;

class AnswerReader implements CallHandler {
  readonly #parts: OwnCallParts;
  readonly #settled: (answer: OwnAnswer) => void;
  readonly #deadlines: Deadlines;
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #sent = false;
  #status = 0;
  #headers: HeaderFields = {};
  #over = false;
  #call: Call | undefined;

  constructor(parts: OwnCallParts, settled: (answer: OwnAnswer) => void) {
    this.#parts = parts;
    this.#settled = settled;
    const { timeoutMs } = parts;
    const stages = { connectMs: timeoutMs, headersMs: timeoutMs, firstContentMs: timeoutMs };
    this.#deadlines = new Deadlines(
      parts.runtime,
      { ...stages, idleMs: timeoutMs, totalMs: timeoutMs },
      (stage) => this.#settle(classifyDeadline(stage, this.#sent)),
    );
  }

  attach(call: Call): void {
    this.#call = call;
  }

  sent(): void {
    this.#sent = true;
  }

  head(status: number, headers: HeaderFields): void {
    this.#status = status;
    this.#headers = headers;
  }

  data(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes <= this.#parts.maxBytes) return;
    if (this.#parts.longer === "cut") this.end();
    else this.#settle({ class: "broken", reason: "answer_too_large", status: this.#status });
  }

  end(): void {
    const body = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    const { rules, runtime, expect = SUCCESS } = this.#parts;
    const status = this.#status;
    if (!isPage(this.#headers, body)) {
      if (expect.some(([low, high]) => low <= status && status <= high)) {
        return this.#settle({ class: "ok", reason: "ok", status }, body);
      }
      if (status < 300) return this.#settle({ class: "broken", reason: "unexpected_answer", status });
    }
    this.#settle(classifyRefusal({ status, headers: this.#headers, body }, rules, runtime.now()));
  }

  failed(failure: CallFailure): void {
    this.#settle(classifyFailure(failure));
  }

  #settle(outcome: Outcome, body?: Uint8Array): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadlines.stop();
    this.#call?.abort();
    this.#settled({ outcome, body });
  }
}
