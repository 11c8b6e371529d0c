import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { ErrorRule } from "../../providers/provider.ts";
import type { Call, CallHandler, CallRequest, CallStarter } from "../call.ts";
import { classifyDeadline, classifyFailure, classifyRefusal, isPage } from "../classify.ts";
import { Deadlines } from "../deadlines.ts";
import type { CallFailure } from "../transport/call_failure.ts";

/** What one call of our own needs. */
export interface WholeCallParts {
  readonly caller: CallStarter;
  readonly runtime: Runtime;
  readonly request: CallRequest;
  /** What the answer's errors mean before the common table. */
  readonly rules: readonly ErrorRule[];
  /** For the whole call. */
  readonly timeoutMs: number;
  /** A longer answer is `broken`. */
  readonly maxBytes: number;
}

/** What it came to: a body only where the outcome is `ok`. */
export interface WholeAnswer {
  readonly outcome: Outcome;
  readonly body: Uint8Array | undefined;
}

/** Makes one call beside the traffic and reads its answer whole, classified as any attempt would be. Never rejects. */
export function wholeCall(parts: WholeCallParts): Promise<WholeAnswer> {
  return new Promise((resolve) => {
    const reader = new AnswerReader(parts, resolve);
    reader.attach(parts.caller.startCall(parts.request, reader));
  });
}

class AnswerReader implements CallHandler {
  readonly #parts: WholeCallParts;
  readonly #settled: (answer: WholeAnswer) => void;
  readonly #deadlines: Deadlines;
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #sent = false;
  #status = 0;
  #headers: HeaderFields = {};
  #over = false;
  #call: Call | undefined;

  constructor(parts: WholeCallParts, settled: (answer: WholeAnswer) => void) {
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
    if (this.#sizeBytes > this.#parts.maxBytes) {
      this.#settle({ class: "broken", reason: "answer_too_large", status: this.#status });
    }
  }

  end(): void {
    const body = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    const status = this.#status;
    if (status >= 200 && status <= 299 && !isPage(this.#headers, body)) {
      return this.#settle({ class: "ok", reason: "ok", status }, body);
    }
    const { rules, runtime } = this.#parts;
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
