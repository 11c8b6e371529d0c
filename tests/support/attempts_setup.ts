import type { Candidate } from "../../src/balancing/endpoint.ts";
import { EndpointLoad } from "../../src/balancing/endpoint_load.ts";
import type { Mark } from "../../src/balancing/health/mark.ts";
import { NO_QUOTA } from "../../src/balancing/quota/quota_view.ts";
import { makeTier, type Tier } from "../../src/balancing/tier.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { memoryObserver, type Observer } from "../../src/core/observe.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import type { Runtime } from "../../src/core/runtime.ts";
import { Secret } from "../../src/core/secret.ts";
import { systemRuntime } from "../../src/core/time/system_runtime.ts";
import { openaiChat } from "../../src/formats/openai/openai_chat.ts";
import type { Format } from "../../src/formats/format.ts";
import { openai } from "../../src/providers/openai.ts";
import type { ErrorRule, Provider } from "../../src/providers/provider.ts";
import { Capture, CaptureBudget } from "../../src/recording/capture.ts";
import { attempt, type AttemptsRequest, type AttemptsResult } from "../../src/upstream/attempts.ts";
import type { HoldPolicy } from "../../src/upstream/answer/client_answer.ts";
import type { CommitPolicy } from "../../src/upstream/answer/relay_options.ts";
import { SharedAttempts } from "../../src/upstream/attempts/shared_attempts.ts";
import { type CallStarter, UpstreamCaller } from "../../src/upstream/call.ts";
import type { DeadlinePolicy } from "../../src/upstream/deadlines.ts";
import { type HeaderMode, requestHeaders } from "../../src/upstream/headers.ts";
import type { RetryBudgetPolicy } from "../../src/upstream/retry_budget.ts";
import type { RequestBody } from "../../src/upstream/request.ts";

/** Deadlines long enough never to matter. */
export const LONG_DEADLINES: DeadlinePolicy = {
  connectMs: 10_000,
  headersMs: 10_000,
  firstContentMs: 10_000,
  idleMs: 10_000,
  totalMs: undefined,
};

/** A hold that never ends by itself. */
export const LONG_HOLD: HoldPolicy = { holdMs: 60_000, keepAliveMs: 60_000 };

/** What {@link candidateAt} may be told. */
export interface CandidateOptions {
  readonly model?: string;
  readonly provider?: string;
  readonly clientKey?: boolean;
}

/** A candidate at a base URL with the key `sk-{id}`. */
export function candidateAt(id: string, url: string, options: CandidateOptions = {}): Candidate {
  return {
    weight: 1,
    model: options.model,
    endpoint: {
      id,
      pool: "pool",
      provider: options.provider ?? "openai",
      upstream: { name: `upstream of ${id}`, url },
      key: options.clientKey === true
        ? "client"
        : { secret: new Secret(`sk-${id}`), name: id, fingerprint: `f-${id}` },
      weight: 1,
      priority: 0,
      models: undefined,
      scopes: { key: `key/${id}`, group: `group/${id}`, upstream: `upstream/${url}` },
      load: new EndpointLoad(),
    },
  };
}

/** A tier whose candidates are taken in order. */
export function tierInOrder(candidates: readonly Candidate[]): Tier {
  return makeTier(candidates, {
    choosing: {
      picker: () => ({ pick: (eligible) => eligible[0], started() {} }),
      // Offers nobody, so that however many they are, all are looked at.
      seeker: () => ({ join() {}, leave() {}, seek: () => -1, started() {} }),
    },
  });
}

/** What one run is to do; everything has a default. */
export interface RunOptions {
  readonly exchange: Exchange;
  readonly tiers: readonly (readonly Candidate[])[];
  readonly stream?: boolean;
  readonly path?: string;
  readonly format?: Format | undefined;
  readonly mode?: HeaderMode;
  readonly body?: RequestBody;
  readonly maxAttempts?: number;
  readonly hold?: HoldPolicy;
  readonly deadlines?: DeadlinePolicy;
  readonly errorRules?: readonly ErrorRule[];
  readonly clientKey?: Secret;
  readonly budget?: RetryBudgetPolicy;
  readonly waitMs?: number;
  readonly deadlineMs?: number;
  readonly commit?: CommitPolicy;
  readonly overloadAsLimit?: boolean;
  readonly affinity?: NonNullable<AttemptsRequest["affinity"]>;
  readonly attemptEnded?: NonNullable<AttemptsRequest["attemptEnded"]>;
}

/** Attempts over real sockets, with health that only notes what it is taught. */
export interface AttemptsSetup extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly caller: UpstreamCaller;
  readonly observer: Observer;
  readonly shared: SharedAttempts;
  /** `endpoint class` of every outcome that health learnt, in order. */
  readonly learned: string[];
  readonly outcomes: Outcome[];
  /** Bytes of the last run's captured answer, as text. */
  captured(): string | undefined;
  run(options: RunOptions): Promise<AttemptsResult>;
}

/** What a setup may be built of; everything has a default. */
export interface SetupParts {
  readonly runtime?: Runtime;
  /** Found by their type, beside the OpenAI one. */
  readonly providers?: readonly Provider[];
  readonly caller?: CallStarter;
  /** The mark that keeps a candidate out, asked at every decision. */
  readonly exclusion?: (candidate: Candidate) => Mark | undefined;
}

/** Builds one. */
export function attemptsSetup(parts: SetupParts = {}): AttemptsSetup {
  const runtime = parts.runtime ?? systemRuntime();
  const caller = new UpstreamCaller(() => undefined, runtime);
  const observer = memoryObserver();
  const shared = new SharedAttempts(runtime);
  const learned: string[] = [];
  const outcomes: Outcome[] = [];
  const providers = [openai, ...(parts.providers ?? [])];
  let capture: Capture | undefined;
  const room = {
    runtime,
    caller: parts.caller ?? caller,
    observer,
    shared,
    quota: { ...NO_QUOTA, begin: () => ({ learn() {}, end() {}, settle() {} }) },
    health: {
      exclusion: (candidate: Candidate) => parts.exclusion?.(candidate),
      begin: () => undefined,
      served() {},
      learn(candidate: Candidate, _model: string | undefined, outcome: Outcome) {
        learned.push(`${candidate.endpoint.id} ${outcome.class}`);
        outcomes.push(outcome);
      },
    },
    providerOf: (type: string) => providers.find((provider) => provider.type === type) ?? openai,
  };
  return {
    runtime,
    caller,
    observer,
    shared,
    learned,
    outcomes,
    captured() {
      const bytes = capture?.bytes();
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    },
    run(options) {
      capture = new Capture(new CaptureBudget(64 * 1024 * 1024), 16 * 1024 * 1024);
      return attempt(room, attemptsRequest(options, capture, runtime));
    },
    [Symbol.asyncDispose]: () => caller[Symbol.asyncDispose](),
  };
}

function attemptsRequest(options: RunOptions, capture: Capture, runtime: Runtime): AttemptsRequest {
  const { exchange } = options;
  return {
    exchange,
    estimate: { requests: 1, inputTokens: 1, outputTokens: 1 },
    request: {
      method: exchange.method,
      path: options.path ?? exchange.path,
      query: exchange.query,
      headers: requestHeaders(exchange.headers, options.mode ?? "api"),
      body: options.body ?? chatBody(),
      stream: options.stream ?? false,
      model: "m",
    },
    format: "format" in options ? options.format : openaiChat,
    mode: options.mode ?? "api",
    tiers: options.tiers.map(tierInOrder),
    maxAttempts: options.maxAttempts ?? 4,
    budgetFor: () => options.budget ?? { share: 0.2, floorPerSecond: 10 },
    waitMs: options.waitMs ?? 0,
    deadlineMs: options.deadlineMs,
    commit: options.commit ?? "content",
    overloadAsLimit: options.overloadAsLimit ?? false,
    hold: options.hold ?? LONG_HOLD,
    deadlinesFor: () => options.deadlines ?? LONG_DEADLINES,
    errorRulesOf: () => options.errorRules ?? [],
    tenant: "web",
    requestId: "request-1",
    startedMs: runtime.monotonic(),
    capture,
    clientKey: options.clientKey,
    headersFor: (candidate, attempts) => ({
      "x-request-id": "request-1",
      "x-tidegate-upstream": candidate?.endpoint.id,
      "x-tidegate-attempts": String(attempts),
    }),
    ...(options.affinity === undefined ? {} : { affinity: options.affinity }),
    ...(options.attemptEnded === undefined ? {} : { attemptEnded: options.attemptEnded }),
  };
}

/** `{"model":"m","messages":[]}` with the place of its model. */
export function chatBody(): RequestBody {
  const bytes = new TextEncoder().encode('{"model":"m","messages":[]}');
  return { kind: "bytes", bytes, model: { start: 9, end: 12, spelling: "json" } };
}
