import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { ErrorRule } from "../../providers/provider.ts";
import type { Call, CallHandler, CallRequest, CallStarter } from "../call.ts";
import { classifyDeadline, classifyFailure, classifyRefusal, isPage } from "../classify.ts";
import { Deadlines } from "../deadlines.ts";
import { MAX_ERROR_BYTES } from "../refusals/error_facts.ts";
import type { CallFailure } from "../transport/call_failure.ts";
import type { ActiveProbe } from "./probe_policy.ts";

/** What one probe needs. */
export interface ProbeCallParts {
  readonly caller: CallStarter;
  readonly runtime: Runtime;
  readonly request: CallRequest;
  readonly policy: ActiveProbe;
  /** The pool's error rows and its provider's. */
  readonly rules: readonly ErrorRule[];
}

/** Makes one call and resolves to what it came to, classified as any attempt would be. Never rejects. */
export function probeCall({ caller, runtime, request, policy, rules }: ProbeCallParts): Promise<Outcome> {
  return new Promise((resolve) => {
    const handler = new ProbeAnswer(runtime, policy, rules, resolve);
    handler.attach(caller.startCall(request, handler));
  });
}

class ProbeAnswer implements CallHandler {
  readonly #runtime: Runtime;
  readonly #policy: ActiveProbe;
  readonly #rules: readonly ErrorRule[];
  readonly #settled: (outcome: Outcome) => void;
  readonly #deadlines: Deadlines;
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #sent = false;
  #status = 0;
  #headers: HeaderFields = {};
  #over = false;
  #call: Call | undefined;

  constructor(
    runtime: Runtime,
    policy: ActiveProbe,
    rules: readonly ErrorRule[],
    settled: (outcome: Outcome) => void,
  ) {
    this.#runtime = runtime;
    this.#policy = policy;
    this.#rules = rules;
    this.#settled = settled;
    const { timeoutMs } = policy;
    const stages = { connectMs: timeoutMs, headersMs: timeoutMs, firstContentMs: timeoutMs };
    this.#deadlines = new Deadlines(
      runtime,
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
    // A list of models may be long; its beginning says enough.
    if (this.#sizeBytes > MAX_ERROR_BYTES) this.end();
  }

  end(): void {
    const status = this.#status;
    const body = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    const expected = this.#policy.expect.some(([low, high]) => low <= status && status <= high);
    if (expected && !isPage(this.#headers, body)) {
      return this.#settle({ class: "ok", reason: "ok", status });
    }
    if (status < 300) return this.#settle({ class: "broken", reason: "unexpected_answer", status });
    const refusal = { status, headers: this.#headers, body };
    this.#settle(classifyRefusal(refusal, this.#rules, this.#runtime.now()));
  }

  failed(failure: CallFailure): void {
    this.#settle(classifyFailure(failure));
  }

  #settle(outcome: Outcome): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadlines.stop();
    this.#call?.abort();
    this.#settled(outcome);
  }
}
