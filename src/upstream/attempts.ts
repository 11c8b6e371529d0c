import { decide, type Decision, type Why } from "../balancing/decide.ts";
import type { Candidate } from "../balancing/endpoint.ts";
import { startLease } from "../balancing/lease.ts";
import type { Tier } from "../balancing/tier.ts";
import { GatewayError } from "../core/errors.ts";
import { headerValue } from "../core/exchange.ts";
import { sleep } from "../core/runtime.ts";
import type { AttemptRecord } from "../recording/record.ts";
import type { AnswerWanted } from "./answer/answer_check.ts";
import { AnswerTelling } from "./answer/answer_telling.ts";
import { ClientAnswer } from "./answer/client_answer.ts";
import type { AttemptsRequest, AttemptsResult, AttemptsRoom } from "./attempts_request.ts";
import { upstreamRequestId } from "./headers.ts";
import { Relay, type RelayResult } from "./relay.ts";
import { RetryRules } from "./retry_rules.ts";
import { OutgoingBody, outgoingCall } from "./transport/outgoing.ts";
import { type FailedAttempt, verdictOf } from "./verdict.ts";

export type { AttemptsRequest, AttemptsResult, AttemptsRoom };

/**
 * Tries endpoints until one answers or none is left: decide, lease, call, classify, and commit or go on. Every
 * attempt is in the records and teaches health; after something reached the client there is no other attempt.
 * Never throws for an upstream's or a client's doing.
 */
export function attempt(room: AttemptsRoom, asked: AttemptsRequest): Promise<AttemptsResult> {
  return new Attempts(room, asked).run();
}

interface Try {
  readonly candidate: Candidate;
  readonly tier: Tier;
  readonly decision: Decision;
  readonly result: RelayResult;
}

class Attempts {
  readonly #room: AttemptsRoom;
  readonly #asked: AttemptsRequest;
  readonly #client: ClientAnswer;
  readonly #telling: AnswerTelling;
  readonly #body: OutgoingBody;
  readonly #rules: RetryRules;
  readonly #wanted: AnswerWanted;
  readonly #tried = new Set<Candidate>();
  readonly #records: AttemptRecord[] = [];
  readonly #failures: FailedAttempt[] = [];
  readonly #left = new AbortController();
  #committed: Candidate | undefined;
  #why: Why | undefined;
  #started = 0;

  constructor(room: AttemptsRoom, asked: AttemptsRequest) {
    const { exchange, format, request } = asked;
    const grant = typeof format?.grant === "function"
      ? format.grant(request.method, request.path)
      : format?.grant;
    this.#room = room;
    this.#asked = asked;
    this.#wanted = {
      method: request.method,
      mode: asked.mode,
      readable: format !== undefined,
      inference: grant === "inference",
    };
    this.#body = new OutgoingBody(request.body, headerValue(exchange.headers, "content-length"));
    this.#rules = new RetryRules({ ...this.#wanted, maxAttempts: asked.maxAttempts });
    this.#client = new ClientAnswer({
      exchange,
      runtime: room.runtime,
      capture: asked.capture,
      hold: asked.hold,
      startedMs: asked.startedMs,
      keepAlive: request.stream ? format?.keepAlive : undefined,
      gatewayHeaders: () => asked.headersFor(this.#committed, this.#started),
    });
    this.#telling = new AnswerTelling(this.#client, asked);
    exchange.onGone(() => this.#left.abort());
  }

  async run(): Promise<AttemptsResult> {
    try {
      return await this.#conclude(await this.#tryAll());
    } catch (error) {
      if (error instanceof GatewayError) return this.#unanswered(error, undefined);
      this.#client.release();
      throw error;
    }
  }

  async #tryAll(): Promise<Try | undefined> {
    let last: Try | undefined;
    for (const tier of this.#asked.tiers) {
      for (;;) {
        let decision = this.#decide(tier);
        const pauseMs = this.#pauseMs(last, decision.pick);
        if (pauseMs > 0) {
          await this.#sleep(pauseMs);
          // What was learnt meanwhile may stand against the pick.
          decision = this.#decide(tier);
        }
        const { pick } = decision;
        if (pick === undefined) break;
        if (this.#client.lost) return last;
        last = await this.#try(pick, tier, decision);
        if (!this.#mayGoOn(last)) return last;
      }
    }
    if (last === undefined || !this.#rules.mayRepeat(last.result.outcome)) return last;
    await this.#sleep(this.#pauseMs(last, last.candidate));
    return this.#client.lost ? last : await this.#try(last.candidate, last.tier, last.decision);
  }

  #decide(tier: Tier): Decision {
    const { runtime, health, quota } = this.#room;
    const { model } = this.#asked.request;
    const around = { health, quota, nowMs: runtime.monotonic(), random: runtime.random };
    tier.index.settle(model, around);
    const facts = {
      model,
      tried: this.#tried,
      stayWith: this.#asked.affinity?.find(tier),
      hashKey: this.#asked.hashKey,
    };
    const decision = decide(facts, tier, around);
    this.#why = decision.why;
    return decision;
  }

  async #try(candidate: Candidate, tier: Tier, decision: Decision): Promise<Try> {
    const { runtime, health, caller, providerOf } = this.#room;
    const { request, clientKey, deadlinesFor } = this.#asked;
    const { endpoint } = candidate;
    const provider = providerOf(endpoint.provider);
    const key = endpoint.key === "client" ? clientKey : endpoint.key?.secret;
    const outgoing = outgoingCall(request, candidate, provider, this.#body, key);
    const lease = startLease({ decision, tier, runtime, health });
    const startMs = runtime.monotonic();
    this.#started++;
    this.#why = decision.why;
    const result = await new Promise<RelayResult>((settled) => {
      const relay = new Relay({
        client: this.#client,
        format: this.#asked.format,
        wanted: this.#wanted,
        rules: provider.errors,
        key,
        runtime,
        deadlines: deadlinesFor(candidate),
        committing: () => {
          this.#committed = candidate;
          lease.firstContent();
          this.#asked.affinity?.assign(tier, endpoint.id);
        },
        errorEvent: (code) => this.#telling.errorEvent(code),
        settled,
      });
      this.#body.progress = () => relay.uploading();
      relay.attach(caller.startCall(outgoing, relay));
    });
    lease.end(result.outcome);
    health.learn(candidate, candidate.model ?? request.model, result.outcome);
    this.#note(candidate, result, startMs);
    return { candidate, tier, decision, result };
  }

  #note(candidate: Candidate, result: RelayResult, startMs: number): void {
    const { endpoint } = candidate;
    const { outcome, refusal, headMs, firstContentMs } = result;
    this.#tried.add(candidate);
    this.#failures.push({ outcome, refusal, clientKey: endpoint.key === "client" });
    this.#records.push({
      number: this.#started,
      endpoint: endpoint.id,
      pool: endpoint.pool,
      upstream: endpoint.upstream.name,
      key: typeof endpoint.key === "object" ? endpoint.key.fingerprint : null,
      model: candidate.model ?? this.#asked.request.model ?? null,
      outcome,
      startMs: startMs - this.#asked.startedMs,
      headMs,
      firstContentMs,
      endMs: this.#room.runtime.monotonic() - startMs,
    });
  }

  /** Whether another endpoint may be tried after this one. */
  #mayGoOn({ candidate, result: { committed, outcome } }: Try): boolean {
    if (committed || this.#client.lost || !this.#body.sendable) return false;
    if (!this.#rules.mayGoOn(candidate, outcome)) return false;
    if (outcome.class === "capability") this.#leaveOut(candidate.endpoint.provider);
    return true;
  }

  /** Leaves only upstreams of another kind in the running: the same kind would refuse the same. */
  #leaveOut(provider: string): void {
    for (const tier of this.#asked.tiers) {
      for (const other of tier.candidates) if (other.endpoint.provider === provider) this.#tried.add(other);
    }
  }

  #pauseMs(last: Try | undefined, next: Candidate | undefined): number {
    if (last === undefined || next === undefined) return 0;
    return this.#rules.pauseMs(last.candidate, last.result.outcome, next, this.#room.runtime.random);
  }

  async #sleep(pauseMs: number): Promise<void> {
    await sleep(this.#room.runtime, pauseMs, this.#left.signal);
  }

  async #conclude(last: Try | undefined): Promise<AttemptsResult> {
    if (last?.result.committed === true) {
      await this.#client.finished;
      return this.#result(last.result, {});
    }
    if (this.#client.lost) return this.#result(undefined, { outcome: "client_gone" });
    if (this.#body.error instanceof GatewayError) return this.#unanswered(this.#body.error, undefined);
    const model = this.#asked.request.model ?? this.#asked.request.path;
    const verdict = verdictOf(this.#failures, this.#why, model);
    if (verdict.kind === "error") return this.#unanswered(verdict.error, last);
    this.#committed = last?.candidate;
    this.#telling.refusal(verdict.refusal);
    await this.#client.finished;
    return this.#result(last?.result, { outcome: this.#client.lost ? "client_gone" : "upstream_error" });
  }

  /** Nothing of an upstream can be passed on: tells the error inside the stream, or leaves it to be answered. */
  async #unanswered(error: GatewayError, last: Try | undefined): Promise<AttemptsResult> {
    const outcome = last === undefined ? "rejected" : "upstream_error";
    if (this.#telling.error(error)) {
      await this.#client.finished;
      return this.#result(undefined, { outcome, errorCode: error.code });
    }
    this.#client.release();
    const result = this.#result(undefined, { outcome, errorCode: error.code });
    return { ...result, status: error.status, error };
  }

  #result(
    relayed: RelayResult | undefined,
    known: { outcome?: AttemptsResult["outcome"]; errorCode?: string },
  ): AttemptsResult {
    const headers = relayed?.headers ?? {};
    const first = this.#records.at(-1);
    const content = relayed?.committed === true && first !== undefined && first.firstContentMs !== null
      ? first.startMs + first.firstContentMs
      : null;
    return {
      records: this.#records,
      outcome: known.outcome ?? this.#outcomeOf(relayed),
      status: this.#client.status === 0 ? 499 : this.#client.status,
      errorCode: known.errorCode ?? relayed?.errorCode ?? null,
      error: undefined,
      candidate: this.#committed,
      firstContentMs: content,
      why: this.#why,
      streamed: relayed?.streamed ?? false,
      whole: relayed?.whole === true && !this.#client.cutShort,
      contentType: headerValue(headers, "content-type"),
      contentEncoding: headerValue(headers, "content-encoding"),
      upstreamRequestId: upstreamRequestId(headers),
    };
  }

  #outcomeOf(relayed: RelayResult | undefined): AttemptsResult["outcome"] {
    switch (relayed?.outcome.class) {
      case "ok":
        return this.#client.cutShort ? "client_gone" : "ok";
      case "client_gone":
        return "client_gone";
      default:
        return (relayed?.errorCode ?? null) === null ? "upstream_error" : "truncated";
    }
  }
}
