import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Secret } from "../../core/secret.ts";
import type { ByteSocket } from "../../core/sockets/byte_socket.ts";
import type { ErrorRule } from "../../providers/provider.ts";
import { HeldBytes } from "../answer/held_bytes.ts";
import { fieldsWithoutKey, refusalWithoutKey } from "../answer/key_echo.ts";
import type { Call, CallHandler, CallRequest, CallStarter } from "../call.ts";
import { classifyDeadline, classifyFailure, classifyRefusal, type Refusal } from "../classify.ts";
import { type DeadlinePolicy, Deadlines } from "../deadlines.ts";
import { MAX_REFUSAL_BYTES } from "../relay.ts";
import type { CallFailure } from "../transport/call_failure.ts";

/** Longest wait for the answer to an upgrade, in milliseconds: nothing is worked out before it, and clients wait no longer. */
const UPGRADE_ANSWER_MS = 30_000;

/** What one request to upgrade needs. */
export interface UpgradeCallParts {
  readonly caller: CallStarter;
  readonly runtime: Runtime;
  readonly request: CallRequest;
  /** The call's credential: no field or refusal that repeats it goes on. */
  readonly key: Secret | undefined;
  readonly deadlines: DeadlinePolicy;
  /** The pool's error rows and its provider's. */
  readonly rules: readonly ErrorRule[];
  /** Gives the call up, as `client_gone`. */
  readonly left: AbortSignal;
}

/** What one came to: a connection, or why there is none. */
export interface UpgradeAnswer {
  /** The upstream agreed. */
  readonly socket: ByteSocket | undefined;
  /** `ok` where it agreed. */
  readonly outcome: Outcome;
  /** The answer's header fields, once they came. */
  readonly headers: HeaderFields | undefined;
  /** A refusal that was read whole. */
  readonly refusal: Refusal | undefined;
  /** Milliseconds from the start to the head; null when none came. */
  readonly headMs: number | null;
}

/** Asks one upstream for a WebSocket. Never rejects. */
export function callUpgrade(parts: UpgradeCallParts): Promise<UpgradeAnswer> {
  return new Promise((settled) => {
    const call = new UpgradeCall(parts, settled);
    call.attach(parts.caller.startCall({ ...parts.request, upgrade: "websocket" }, call));
  });
}

class UpgradeCall implements CallHandler {
  readonly #parts: UpgradeCallParts;
  readonly #settled: (answer: UpgradeAnswer) => void;
  readonly #deadlines: Deadlines;
  readonly #startedMs: number;
  readonly #body = new HeldBytes();
  readonly #leave = () => this.#settle({ class: "client_gone", reason: "client_gone" });
  #call: Call | undefined;
  #sent = false;
  #status = 0;
  #headers: HeaderFields | undefined;
  #headMs: number | null = null;
  #over = false;

  constructor(parts: UpgradeCallParts, settled: (answer: UpgradeAnswer) => void) {
    const { runtime, deadlines, left } = parts;
    this.#parts = parts;
    this.#settled = settled;
    this.#startedMs = runtime.monotonic();
    const headersMs = Math.min(deadlines.headersMs, UPGRADE_ANSWER_MS);
    this.#deadlines = new Deadlines(runtime, { ...deadlines, headersMs }, (stage) => {
      if (this.#headers !== undefined) this.#refused(false);
      else this.#settle(classifyDeadline(stage, this.#sent));
    });
    left.addEventListener("abort", this.#leave);
  }

  attach(call: Call): void {
    this.#call = call;
    if (this.#over) call.abort();
    else if (this.#parts.left.aborted) this.#leave();
  }

  sent(): void {
    this.#sent = true;
    this.#deadlines.enter("headers");
  }

  head(status: number, headers: HeaderFields): void {
    this.#headOf(status, headers);
    this.#deadlines.enter("idle");
    // Without a body to explain it: an answer to a question that was not asked, or one that never ends.
    if (status < 300) this.#settle({ class: "broken", reason: "not_upgraded", status });
  }

  data(chunk: Uint8Array): void {
    this.#deadlines.touch();
    this.#body.push(chunk);
    if (this.#body.sizeBytes > MAX_REFUSAL_BYTES) this.#refused(false);
  }

  end(): void {
    this.#refused(true);
  }

  failed(failure: CallFailure): void {
    if (this.#headers !== undefined) this.#refused(false);
    else this.#settle(classifyFailure(failure));
  }

  upgraded(headers: HeaderFields, socket: ByteSocket): void {
    if (this.#over) return socket.destroy();
    this.#headOf(101, headers);
    this.#settle({ class: "ok", reason: "ok", status: 101 }, { socket });
  }

  #headOf(status: number, headers: HeaderFields): void {
    this.#status = status;
    this.#headers = fieldsWithoutKey(headers, this.#parts.key);
    this.#headMs = this.#parts.runtime.monotonic() - this.#startedMs;
  }

  #refused(isWhole: boolean): void {
    const { rules, runtime, key } = this.#parts;
    const refusal = { status: this.#status, headers: this.#headers ?? {}, body: this.#body.join() };
    const outcome = classifyRefusal(refusal, rules, runtime.now());
    this.#settle(outcome, isWhole ? { refusal: refusalWithoutKey(refusal, key) } : {});
  }

  #settle(outcome: Outcome, more: { socket?: ByteSocket; refusal?: Refusal } = {}): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadlines.stop();
    this.#parts.left.removeEventListener("abort", this.#leave);
    this.#call?.abort();
    this.#settled({
      outcome,
      socket: more.socket,
      refusal: more.refusal,
      headers: this.#headers,
      headMs: this.#headMs,
    });
  }
}
