import type { Call, CallHandler, CallRequest, CallStarter } from "../../src/upstream/call.ts";

/** What a call is answered: a body as JSON or as text, or nothing at all. */
export type CannedAnswer = "silence" | { readonly status?: number; readonly body: unknown };

/** A caller that answers in order, the last answer again and again, and keeps what it was asked. */
export class CannedCalls implements CallStarter {
  readonly requests: CallRequest[] = [];
  answers: readonly CannedAnswer[];

  constructor(answers: readonly CannedAnswer[]) {
    this.answers = answers;
  }

  /** See {@link CallStarter.startCall}. */
  startCall(request: CallRequest, handler: CallHandler): Call {
    const answer = this.answers[Math.min(this.requests.length, this.answers.length - 1)] ?? "silence";
    this.requests.push(request);
    let live = true;
    if (answer !== "silence") queueMicrotask(() => live && give(answer, handler));
    return { pause() {}, resume() {}, abort: () => void (live = false) };
  }
}

function give({ status = 200, body }: Exclude<CannedAnswer, "silence">, handler: CallHandler): void {
  handler.sent();
  handler.head(status, typeof body === "string" ? {} : { "content-type": "application/json" });
  handler.data(new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)));
  handler.end();
}
