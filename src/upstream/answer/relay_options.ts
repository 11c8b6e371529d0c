import type { LimitFacts } from "../../balancing/quota/limit_facts.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { Secret } from "../../core/secret.ts";
import type { Format } from "../../formats/format.ts";
import type { ErrorRule } from "../../providers/provider.ts";
import type { Refusal } from "../classify.ts";
import type { AnswerTranslation } from "../translation/answer_translation.ts";
import type { DeadlinePolicy } from "../deadlines.ts";
import type { HeaderMode } from "../headers.ts";
import type { AnswerWanted } from "./answer_check.ts";
import type { ClientAnswer } from "./client_answer.ts";
import type { HoldAllowance } from "./hold_allowance.ts";

/**
 * When an answer begins to go out: `content`, from its first content on; `complete`, when it is whole, so that
 * one that breaks off in the middle can still be asked for elsewhere.
 */
export type CommitPolicy = "content" | "complete";

/** What relaying one attempt's answer needs to know. */
export interface RelayOptions {
  readonly client: ClientAnswer;
  /** The format the upstream speaks; undefined: bytes of any kind, no content, end mark or error event is known. */
  readonly format: Format | undefined;
  /** Puts the answer into the client's format, where that is another. */
  readonly translation: AnswerTranslation | undefined;
  readonly wanted: AnswerWanted;
  /** The provider's own error rows. */
  readonly rules: readonly ErrorRule[];
  /** The call's credential: no header field, refusal or error event that repeats it reaches the client. */
  readonly key: Secret | undefined;
  readonly runtime: Runtime;
  /** Makes the client's header fields of the upstream's; absent: `responseHeaders`. */
  readonly clientHeaders?: ((fields: HeaderFields, mode: HeaderMode) => HeaderFields) | undefined;
  readonly deadlines: DeadlinePolicy;
  readonly commit: CommitPolicy;
  /** The event that only tells usage is the gateway's own wish: the client does not see it. */
  readonly stripsUsage: boolean;
  /** What may be held of an answer that goes out only when it is whole. */
  readonly allowance: HoldAllowance;
  /** The answer's head told the vendor's limits. */
  readonly told: (limits: LimitFacts) => void;
  /** The first content has arrived; called at most once, before `committing`. */
  readonly firstContent: () => void;
  /** Something of the answer is about to reach the client; called at most once, before the head goes out. */
  readonly committing: () => void;
  /** Makes the error that ends a committed event stream; asked only where a format is known. */
  readonly errorEvent: (code: ErrorCode) => Uint8Array;
  /** The same for an error that the upstream told inside its stream, in another format than the client's. */
  readonly toldEvent: (data: Uint8Array, outcome: Outcome) => Uint8Array;
  readonly settled: (result: RelayResult) => void;
}

/** What one attempt came to. */
export interface RelayResult {
  readonly outcome: Outcome;
  /** Something of this answer reached the client: no other attempt may follow. */
  readonly committed: boolean;
  /** The answer was relayed whole, as far as its format or HTTP can tell. */
  readonly whole: boolean;
  /** The answer is an event stream that the format reads. */
  readonly streamed: boolean;
  /** The upstream's refusal, fit to be passed on where nothing better comes; its body is whole. */
  readonly refusal: Refusal | undefined;
  /** The code under which a committed answer was broken off. */
  readonly errorCode: ErrorCode | null;
  /** The upstream's header fields, once they came. */
  readonly headers: HeaderFields | undefined;
  /** Milliseconds from the attempt's start; null when it never came so far. */
  readonly headMs: number | null;
  readonly firstContentMs: number | null;
}
