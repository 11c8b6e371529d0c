import type { Runtime } from "../../core/runtime.ts";
import type { RelayResult } from "../answer/relay_options.ts";
import type { AttemptsRequest } from "../attempts_request.ts";
import type { Call, CallHandler } from "../call.ts";
import type { EndedAttempt } from "./ended_attempt.ts";
import { TappedCall } from "./tapped_call.ts";

/** Inference paths that vendors serve without a price. */
const FREE_PATHS = ["/v1/moderations", "/v1/responses/input_tokens"];

/** Sees to it that what one attempt costs can be told when it is over. */
export class AttemptCost {
  readonly #asked: AttemptsRequest;
  readonly #runtime: Runtime;
  readonly #pool: string;
  #tapped: TappedCall | undefined;

  constructor(asked: AttemptsRequest, runtime: Runtime, pool: string) {
    this.#asked = asked;
    this.#runtime = runtime;
    this.#pool = pool;
  }

  /** Starts the attempt's call with a tap before `handler`; the call as the attempt is to use it. */
  tap(handler: CallHandler, start: (handler: CallHandler) => Call): Call {
    if (this.#asked.attemptEnded === undefined) return start(handler);
    const tapped = this.#tapped = new TappedCall(handler, this.#runtime, this.#asked.drainOf?.(this.#pool));
    return tapped.over(start(tapped));
  }

  /** Tells of the attempt that came to `result`. */
  ended(
    { result, ...known }: Omit<EndedAttempt, "outcome" | "whole" | "tapped" | "costs"> & {
      readonly result: RelayResult;
    },
  ): void {
    const tapped = this.#tapped;
    if (tapped === undefined) return;
    tapped.settle(result.outcome);
    const { outcome, whole } = result;
    this.#asked.attemptEnded?.({ ...known, outcome, whole, tapped, costs: this.#costs });
  }

  /** Account paths and counts of tokens cost none; of a path that no format knows nothing can be said. */
  get #costs(): boolean {
    const { format, request } = this.#asked;
    if (format === undefined || format.tokenCount !== undefined || FREE_PATHS.includes(request.path)) {
      return false;
    }
    const grant = typeof format.grant === "function"
      ? format.grant(request.method, request.path)
      : format.grant;
    return grant === "inference";
  }
}
