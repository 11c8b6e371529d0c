import { decide, type Decision, type Why } from "../balancing/decide.ts";
import type { Candidate } from "../balancing/endpoint.ts";
import { startLease } from "../balancing/lease.ts";
import type { Tier } from "../balancing/tier.ts";
import { GatewayError } from "../core/errors.ts";
import { headerValue } from "../core/exchange.ts";
import { sleep, type Timer } from "../core/runtime.ts";
import type { AnswerWanted } from "./answer/answer_check.ts";
import { AnswerTelling } from "./answer/answer_telling.ts";
import { ClientAnswer } from "./answer/client_answer.ts";
import { HoldAllowance } from "./answer/hold_allowance.ts";
import { AttemptNotes } from "./attempts/attempt_notes.ts";
import { canBear } from "./attempts/can_bear.ts";
import { type PreparedCall, Serving } from "./attempts/serving.ts";
import { answerWanted } from "./attempts/answer_wanted.ts";
import { AttemptsEnding, type AttemptsStanding, type LastAttempt } from "./attempts/attempts_ending.ts";
import { Leaving } from "./attempts/leaving.ts";
import { RequestWaits } from "./attempts/request_waits.ts";
import type { AttemptsRequest, AttemptsResult, AttemptsRoom, AttemptsWhy } from "./attempts_request.ts";
import { answerEditor } from "./edits/apply_edits.ts";
import { Relay, type RelayResult } from "./relay.ts";
import { AttemptCost } from "./usage/attempt_cost.ts";
import { RetryRules } from "./retry_rules.ts";
import { OutgoingBody } from "./transport/outgoing.ts";

export type { AttemptsRequest, AttemptsResult, AttemptsRoom };

/**
 * Tries endpoints until one answers or none is left: decide, lease, call, classify, and commit or go on. Every
 * attempt is in the records and teaches health; after something reached the client there is no other attempt.
 * Never throws for an upstream's or a client's doing.
 */
export function attempt(room: AttemptsRoom, asked: AttemptsRequest): Promise<AttemptsResult> {
  return new Attempts(room, asked).run();
}

class Attempts {
  readonly #room: AttemptsRoom;
  readonly #asked: AttemptsRequest;
  readonly #client: ClientAnswer;
  readonly #telling: AnswerTelling;
  readonly #body: OutgoingBody;
  readonly #serving: Serving;
  readonly #rules: RetryRules;
  readonly #wanted: AnswerWanted;
  readonly #notes: AttemptNotes;
  readonly #allowance: HoldAllowance;
  readonly #waits: RequestWaits;
  readonly #ending: AttemptsEnding;
  /** The client left, or the request's own deadline has passed. */
  readonly #left = new Leaving();
  #relay: Relay | undefined;
  #last: LastAttempt | undefined;
  #over = false;
  #repeated = false;
  #stopped: AttemptsWhy["stopped"];
  #why: Why | undefined;
  #started = 0;

  constructor(room: AttemptsRoom, asked: AttemptsRequest) {
    const { exchange, format, request } = asked;
    this.#room = room;
    this.#asked = asked;
    this.#wanted = answerWanted(asked);
    this.#notes = new AttemptNotes(asked.startedMs, request.model);
    this.#allowance = new HoldAllowance(room.shared.held);
    this.#body = new OutgoingBody(request.body, headerValue(exchange.headers, "content-length"));
    this.#serving = new Serving(room, asked, this.#body);
    this.#rules = new RetryRules({ ...this.#wanted, maxAttempts: asked.maxAttempts });
    this.#client = new ClientAnswer({
      exchange,
      runtime: room.runtime,
      capture: asked.capture,
      hold: asked.hold,
      startedMs: asked.startedMs,
      keepAlive: request.stream && !this.#wanted.array ? format?.keepAlive : undefined,
      gatewayHeaders: () => asked.headersFor(this.#notes.served, this.#started),
    });
    this.#telling = new AnswerTelling(this.#client, asked);
    this.#waits = new RequestWaits(room, asked);
    this.#ending = new AttemptsEnding(this.#client, this.#telling, this.#notes, asked);
    exchange.onGone(() => this.#left.leave());
  }

  async run(): Promise<AttemptsResult> {
    const deadline = this.#startDeadline();
    try {
      await this.#tryAll();
      const { refusal } = this.#serving;
      if (this.#last === undefined && refusal !== undefined) throw refusal;
      const bodyError = this.#body.error;
      return await this.#ending.conclude(this.#last, { bodyError, ...this.#standing() });
    } catch (error) {
      if (error instanceof GatewayError) {
        return await this.#ending.unanswered(error, undefined, this.#standing());
      }
      this.#client.release();
      throw error;
    } finally {
      deadline?.cancel();
      this.#allowance.release();
      this.#waits.done();
    }
  }

  #startDeadline(): Timer | undefined {
    const { deadlineMs, startedMs } = this.#asked;
    const { runtime } = this.#room;
    if (deadlineMs === undefined) return undefined;
    return runtime.after(Math.max(0, startedMs + deadlineMs - runtime.monotonic()), () => {
      this.#stopped = "deadline";
      this.#left.leave();
      this.#relay?.giveUp("client_deadline", "deadline_exceeded");
    });
  }

  async #tryAll(): Promise<void> {
    for (;;) {
      this.#waits.begin();
      await this.#tryTiers();
      if (!this.#over) await this.#tryLastAgain();
      if (this.#over || !(await this.#waitForRest())) return;
    }
  }

  async #tryTiers(): Promise<void> {
    for (const tier of this.#asked.tiers) {
      while (this.#serving.open(tier, this.#notes.tried)) {
        let decision = this.#decide(tier);
        const pauseMs = this.#pauseMs(decision.pick);
        if (pauseMs > 0) {
          await sleep(this.#room.runtime, pauseMs, this.#left.signal);
          // What was learnt meanwhile may stand against the pick; between deciding and the lease nothing may happen.
          decision = this.#decide(tier);
        }
        const { pick } = decision;
        if (pick === undefined || this.#waits.mustQueue(pick.endpoint.pool)) break;
        // Another pool is in another tier, most often; this one's upstreams have enough to bear.
        if (!this.#mayBurden(pick)) break;
        await this.#tryNext(pick, tier, decision);
        if (this.#over) return;
      }
    }
  }

  /** Asks the last endpoint once more, after which nobody was left, where its failure may pass by itself. */
  async #tryLastAgain(): Promise<void> {
    const last = this.#last;
    if (last === undefined || this.#repeated || this.#stopped !== undefined) return;
    if (!this.#rules.mayRepeat(last.result.outcome) || !this.#mayBurden(last.candidate)) return;
    this.#repeated = true;
    await sleep(this.#room.runtime, this.#pauseMs(last.candidate), this.#left.signal);
    if (!this.#hasRoom(last.candidate)) return;
    await this.#tryNext(last.candidate, last.tier, last.decision);
  }

  async #tryNext(candidate: Candidate, tier: Tier, decision: Decision): Promise<void> {
    this.#over = this.#left.isLeft;
    if (this.#over) return;
    this.#stopped = undefined;
    const prepared = this.#serving.prepare(candidate);
    if (prepared === undefined) return;
    this.#last = await this.#try(prepared, candidate, tier, decision);
    if (this.#serving.learnsFlag(candidate, prepared, this.#last.result.refusal)) {
      return await this.#tryNext(candidate, tier, decision);
    }
    this.#over = !this.#mayGoOn(this.#last);
  }

  /** Whether the pool of the pick can bear one more attempt; see {@link canBear}. */
  #mayBurden({ endpoint: { pool } }: Candidate): boolean {
    const facts = {
      pools: this.#notes.pools,
      last: this.#last?.result.outcome,
      rules: this.#rules,
      budgetFor: this.#asked.budgetFor,
    };
    if (canBear(pool, facts, this.#room)) return true;
    this.#stopped = "retry_budget";
    return false;
  }

  /** Waits until the first endpoint that was told to rest is back; false where nobody is worth waiting for. */
  async #waitForRest(): Promise<boolean> {
    if (this.#stopped !== undefined || !this.#body.sendable) return false;
    if (!(await this.#waits.wait(this.#left.signal))) return false;
    this.#notes.rested();
    return true;
  }

  /** Whether the limits allow another attempt at a candidate that nobody decided on anew. */
  #hasRoom(candidate: Candidate): boolean {
    const model = candidate.model ?? this.#asked.request.model;
    return !this.#room.quota.shortage(candidate, model, this.#asked.estimate, this.#room.runtime.monotonic());
  }

  #decide(tier: Tier): Decision {
    const { runtime, health, quota } = this.#room;
    const { request: { model }, estimate, affinity } = this.#asked;
    const around = { health, quota, nowMs: runtime.monotonic(), random: runtime.random };
    tier.index.settle(model, around);
    const facts = {
      model,
      ...this.#notes.passedOver,
      ...{ estimate, stayWith: affinity?.find(tier), stayAnyway: affinity?.isFirm },
      hashKey: affinity?.hashKey(tier),
    };
    const decision = decide(facts, tier, around);
    this.#why = decision.why;
    this.#waits.decided(decision.why, tier.candidates[0]?.endpoint.pool);
    return decision;
  }

  async #try(
    { call, format, translation, flagged }: PreparedCall,
    candidate: Candidate,
    tier: Tier,
    decision: Decision,
  ): Promise<LastAttempt> {
    const { runtime, health, caller, quota, providerOf } = this.#room;
    const { request, estimate, clientKey, deadlinesFor, errorRulesOf } = this.#asked;
    const { endpoint } = candidate;
    const key = endpoint.key === "client" ? clientKey : endpoint.key?.secret;
    const model = candidate.model ?? request.model;
    const lease = startLease({ decision, tier, runtime, health, quota: { desk: quota, model, estimate } });
    const startMs = runtime.monotonic();
    this.#started++;
    this.#waits.began(endpoint.pool);
    this.#asked.began?.(candidate);
    this.#why = decision.why;
    const cost = new AttemptCost(this.#asked, runtime, endpoint.pool);
    const result = await new Promise<RelayResult>((settled, failed) => {
      const relay = this.#relay = new Relay({
        ...{ client: this.#client, format, translation, key, runtime },
        ...{ wanted: this.#wanted, stripsUsage: flagged, clientHeaders: answerEditor(candidate, request) },
        rules: [...errorRulesOf(endpoint.pool), ...providerOf(endpoint.provider).errors],
        deadlines: deadlinesFor(candidate),
        ...{ commit: this.#asked.commit, allowance: this.#allowance },
        told: (limits) => lease.told(limits),
        firstContent: () => lease.firstContent(request.stream),
        committing: () => {
          this.#notes.serve(candidate, runtime.monotonic());
          this.#asked.affinity?.assign(tier, endpoint.id, decision.why.crowded === true);
        },
        errorEvent: (code) => this.#telling.errorEvent(code),
        toldEvent: (data, outcome) => this.#telling.toldEvent(data, outcome),
        settled,
      });
      this.#body.watcher = relay;
      try {
        relay.attach(cost.tap(relay, (tapped) => caller.startCall(call, tapped)));
      } catch (error) {
        failed(error);
        relay.giveUp("internal_fault", "internal_error");
      }
    }).catch((error: unknown) => {
      // A fault of ours tells nothing of the endpoint, which must not look busy for ever.
      lease.end({ class: "client_gone", reason: "internal_fault" });
      this.#waits.ended(endpoint.pool);
      throw error;
    });
    lease.end(result.outcome);
    this.#waits.ended(endpoint.pool);
    cost.ended({
      candidate,
      model,
      format,
      result,
      number: this.#started,
      settle: (used) => lease.settle(used),
    });
    health.learn(candidate, model, result.outcome);
    this.#notes.add(candidate, { ...result, translated: translation !== undefined }, {
      startMs,
      endMs: runtime.monotonic(),
    });
    if (!result.committed) this.#allowance.release();
    return { candidate, tier, decision, result };
  }

  /** Whether another endpoint may be tried after this one. */
  #mayGoOn({ candidate, result: { committed, outcome } }: LastAttempt): boolean {
    if (committed || this.#client.lost || !this.#body.sendable) return false;
    if (!this.#rules.mayGoOn(candidate, outcome)) return false;
    if (outcome.class === "capability") this.#notes.leaveOut(candidate.endpoint.provider, this.#asked.tiers);
    return true;
  }

  #standing(): AttemptsStanding {
    const { restLeftMs: soonestMs, waitedMs } = this.#waits;
    return this.#ending.standing(this.#why, this.#last, { soonestMs, waitedMs, stopped: this.#stopped });
  }

  /** How long `next` must be left alone after the last attempt, in milliseconds. */
  #pauseMs(next: Candidate | undefined): number {
    const last = this.#last;
    if (last === undefined || next === undefined) return 0;
    return this.#rules.pauseMs(last.candidate, last.result.outcome, next, this.#room.runtime.random);
  }
}
