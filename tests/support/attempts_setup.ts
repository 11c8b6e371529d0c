import type { Candidate } from "../../src/balancing/endpoint.ts";
import { EndpointLoad } from "../../src/balancing/endpoint_load.ts";
import { NO_QUOTA } from "../../src/balancing/quota/quota_view.ts";
import { makeTier, type Tier } from "../../src/balancing/tier.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import type { Runtime } from "../../src/core/runtime.ts";
import { Secret } from "../../src/core/secret.ts";
import { systemRuntime } from "../../src/core/time/system_runtime.ts";
import { openaiChat } from "../../src/formats/openai_chat.ts";
import type { Format } from "../../src/formats/format.ts";
import { openai } from "../../src/providers/openai.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { Capture, CaptureBudget } from "../../src/recording/capture.ts";
import { attempt, type AttemptsRequest, type AttemptsResult } from "../../src/upstream/attempts.ts";
import type { HoldPolicy } from "../../src/upstream/answer/client_answer.ts";
import { UpstreamCaller } from "../../src/upstream/call.ts";
import type { DeadlinePolicy } from "../../src/upstream/deadlines.ts";
import { type HeaderMode, requestHeaders } from "../../src/upstream/headers.ts";
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
  readonly clientKey?: Secret;
  readonly affinity?: NonNullable<AttemptsRequest["affinity"]>;
}

/** Attempts over real sockets, with health that only notes what it is taught. */
export interface AttemptsSetup extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly caller: UpstreamCaller;
  /** `endpoint class` of every outcome that health learnt, in order. */
  readonly learned: string[];
  readonly outcomes: Outcome[];
  /** Bytes of the last run's captured answer, as text. */
  captured(): string | undefined;
  run(options: RunOptions): Promise<AttemptsResult>;
}

/** Builds one; `providers` beside the OpenAI one are found by their type. */
export function attemptsSetup(
  parts: { runtime?: Runtime; providers?: readonly Provider[] } = {},
): AttemptsSetup {
  const runtime = parts.runtime ?? systemRuntime();
  const caller = new UpstreamCaller(() => undefined, runtime);
  const learned: string[] = [];
  const outcomes: Outcome[] = [];
  const providers = [openai, ...(parts.providers ?? [])];
  let capture: Capture | undefined;
  const room = {
    runtime,
    caller,
    quota: NO_QUOTA,
    health: {
      exclusion: () => undefined,
      begin: () => false,
      endTrial() {},
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
    learned,
    outcomes,
    captured() {
      const bytes = capture?.bytes();
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    },
    run(options) {
      const { exchange } = options;
      capture = new Capture(new CaptureBudget(64 * 1024 * 1024), 16 * 1024 * 1024);
      return attempt(room, {
        exchange,
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
        hold: options.hold ?? LONG_HOLD,
        deadlinesFor: () => options.deadlines ?? LONG_DEADLINES,
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
      });
    },
    [Symbol.asyncDispose]: () => caller[Symbol.asyncDispose](),
  };
}

/** `{"model":"m","messages":[]}` with the place of its model. */
export function chatBody(): RequestBody {
  const bytes = new TextEncoder().encode('{"model":"m","messages":[]}');
  return { kind: "bytes", bytes, model: { start: 9, end: 12, spelling: "json" } };
}
