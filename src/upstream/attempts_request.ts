import type { HealthView, Why } from "../balancing/decide.ts";
import type { Candidate } from "../balancing/endpoint.ts";
import type { TrialBook } from "../balancing/lease.ts";
import type { QuotaDesk } from "../balancing/quota/quota_hold.ts";
import type { QuotaView, RequestEstimate } from "../balancing/quota/quota_view.ts";
import type { Tier } from "../balancing/tier.ts";
import type { GatewayError } from "../core/errors.ts";
import type { Exchange, HeaderFields } from "../core/exchange.ts";
import type { Observer } from "../core/observe.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Runtime } from "../core/runtime.ts";
import type { Secret } from "../core/secret.ts";
import type { Format } from "../formats/format.ts";
import type { ErrorRule, Provider } from "../providers/provider.ts";
import type { Capture } from "../recording/capture.ts";
import type { AttemptRecord, RecordOutcome } from "../recording/record.ts";
import type { HoldPolicy } from "./answer/client_answer.ts";
import type { SharedAttempts } from "./attempts/shared_attempts.ts";
import type { CallStarter } from "./call.ts";
import type { DeadlinePolicy } from "./deadlines.ts";
import type { HeaderMode } from "./headers.ts";
import type { CommitPolicy } from "./answer/relay_options.ts";
import type { UpstreamRequest } from "./request.ts";
import type { RetryBudgetPolicy } from "./retry_budget.ts";
import type { EndedAttempt } from "./usage/ended_attempt.ts";
import type { DrainPolicy } from "./usage/tapped_call.ts";

/** What lives as long as the process and every request's attempts use. */
export interface AttemptsRoom {
  readonly runtime: Runtime;
  readonly caller: CallStarter;
  readonly health: HealthView & TrialBook & {
    learn(candidate: Candidate, model: string | undefined, outcome: Outcome): void;
  };
  readonly quota: QuotaView & QuotaDesk;
  /** The provider of that type; throws when there is none. */
  readonly providerOf: (type: string) => Provider;
  readonly observer: Observer;
  /** Retry budgets, waiting requests, bytes held. */
  readonly shared: SharedAttempts;
}

/** Where the requests went that belong with one. */
export interface AttemptsAffinity {
  /** Endpoint id that the request stays with in this tier. */
  find(tier: Tier): string | undefined;
  /** That one is taken however busy it is. */
  readonly isFirm: boolean;
  /** The same for all that belongs together, where endpoints are chosen by hash; undefined: it belongs to nothing. */
  hashKey(tier: Tier): string | undefined;
  /** The request was served by the endpoint; `isOverflow`: only because its own had too much to do at the moment. */
  assign(tier: Tier, endpointId: string, isOverflow: boolean): void;
}

/** One request to be answered by whichever endpoint can. */
export interface AttemptsRequest {
  readonly exchange: Exchange;
  readonly request: UpstreamRequest;
  /** What it will cost at most. */
  readonly estimate: RequestEstimate;
  /** The format the client speaks; undefined where the path belongs to none. */
  readonly format: Format | undefined;
  readonly mode: HeaderMode;
  /** In order: the next is asked only when the one before cannot. Account paths and pins have a single one. */
  readonly tiers: readonly Tier[];
  /** Most attempts, the first included; those that cost an upstream nothing are not counted. */
  readonly maxAttempts: number;
  /** How many retries a pool bears beside its requests. */
  readonly budgetFor: (pool: string) => RetryBudgetPolicy;
  /** Longest time that is spent waiting for endpoints that were told to rest, in milliseconds; 0: none. */
  readonly waitMs: number;
  /** From the request's start to the answer's last byte, in milliseconds; undefined: without end. */
  readonly deadlineMs?: number | undefined;
  /** `content`: an answer goes out from its first content on; `complete`: only when it is whole. */
  readonly commit: CommitPolicy;
  /** The client is told 429 where all upstreams are overloaded: it would repeat a 503 at once, again and again. */
  readonly overloadAsLimit: boolean;
  readonly hold: HoldPolicy;
  readonly deadlinesFor: (candidate: Candidate) => DeadlinePolicy;
  /** A pool's own error rows; its provider's come after them. */
  readonly errorRulesOf: (pool: string) => readonly ErrorRule[];
  readonly requestId: string;
  /** Name of the tenant who asks. */
  readonly tenant: string;
  /** Where requests wait for an upstream, smaller numbers go first; absent: 0. */
  readonly tenantPriority?: number;
  /** Monotonic time at which the request began. */
  readonly startedMs: number;
  /** Gets what the upstream answered, as it went to the client. */
  readonly capture: Capture;
  /** Told of every attempt as it begins. */
  readonly began?: (candidate: Candidate) => void;
  /** The caller's own credential, for endpoints that forward it. */
  readonly clientKey: Secret | undefined;
  readonly affinity?: AttemptsAffinity;
  /** How an answer is read on whose client has left; undefined: not at all. */
  readonly drainOf?: (pool: string) => DrainPolicy | undefined;
  /** Told of every attempt when it is over; what it cost may still be on its way. */
  readonly attemptEnded?: (attempt: EndedAttempt) => void;
  /** The gateway's own response fields, asked for once, when the head goes out; without a candidate while all still wait. */
  readonly headersFor: (candidate: Candidate | undefined, attempts: number) => HeaderFields;
}

/** Why that endpoint, and what else decided how often one was asked. */
export interface AttemptsWhy extends Why {
  /** What ended the attempts although somebody was left to ask. */
  readonly stopped?: "retry_budget" | "deadline";
  /** Time spent waiting for endpoints that were told to rest, in milliseconds. */
  readonly waitedMs?: number;
}

/** How a request ended, for its record. */
export interface AttemptsResult {
  readonly records: readonly AttemptRecord[];
  readonly outcome: RecordOutcome;
  /** What the client saw, or will see of `error`; 499 when it left before a head was sent. */
  readonly status: number;
  /** Stable code where the gateway made the answer or ended the stream. */
  readonly errorCode: string | null;
  /** Set when nothing was sent yet: whoever called `attempt` answers the client with it. */
  readonly error: GatewayError | undefined;
  /** Whose answer the client got. */
  readonly candidate: Candidate | undefined;
  /** Of the request, from its start. */
  readonly firstContentMs: number | null;
  /** Why that candidate, or why nobody. */
  readonly why: AttemptsWhy | undefined;
  /** The answer is an event stream of the format, complete only where `whole`. */
  readonly streamed: boolean;
  readonly whole: boolean;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The upstream's own id of the request. */
  readonly upstreamRequestId: string | undefined;
}
