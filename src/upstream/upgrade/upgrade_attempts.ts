import { decide, type Decision, type Why } from "../../balancing/decide.ts";
import type { Candidate } from "../../balancing/endpoint.ts";
import { type Lease, startLease } from "../../balancing/lease.ts";
import type { Tier } from "../../balancing/tier.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import { sleep, type Timer } from "../../core/runtime.ts";
import { remainingMs } from "../../core/time/remaining_ms.ts";
import { AttemptNotes } from "../attempts/attempt_notes.ts";
import { canBear } from "../attempts/can_bear.ts";
import { Patience } from "../attempts/patience.ts";
import type { AttemptsRoom, AttemptsWhy } from "../attempts_request.ts";
import { limitFacts } from "../refusals/limit_facts.ts";
import { RetryRules } from "../retry_rules.ts";
import { OutgoingBody, outgoingCall } from "../transport/outgoing.ts";
import { SocketRelay, type SocketSession } from "./socket_relay.ts";
import { callUpgrade, type UpgradeAnswer } from "./upgrade_call.ts";
import { acceptedHeaders, outcomeOf, UpgradeEnding } from "./upgrade_ending.ts";
import type { UpgradeRequest, UpgradeResult } from "./upgrade_request.ts";

/**
 * Tries endpoints until one takes up the WebSocket or none is left, as `attempt` does for plain requests; then
 * relays the session and resolves when it is over. A refusal reaches the client as an HTTP answer, before any upgrade.
 */
export function attemptUpgrade(room: AttemptsRoom, asked: UpgradeRequest): Promise<UpgradeResult> {
  return new UpgradeAttempts(room, asked).run();
}

interface Try {
  readonly candidate: Candidate;
  readonly tier: Tier;
  readonly decision: Decision;
  readonly lease: Lease;
  readonly answer: UpgradeAnswer;
  readonly startMs: number;
}

class UpgradeAttempts {
  readonly #room: AttemptsRoom;
  readonly #asked: UpgradeRequest;
  readonly #rules: RetryRules;
  readonly #notes: AttemptNotes;
  readonly #patience: Patience;
  readonly #ending: UpgradeEnding;
  /** The client left, or the request's own deadline has passed. */
  readonly #left = new AbortController();
  #last: Try | undefined;
  #over = false;
  #repeated = false;
  #stopped: AttemptsWhy["stopped"];
  #restOverMs = Infinity;
  #why: Why | undefined;

  constructor(room: AttemptsRoom, asked: UpgradeRequest) {
    const { runtime, observer, shared: { waiting, turns } } = room;
    this.#room = room;
    this.#asked = asked;
    this.#rules = new RetryRules({ method: "GET", inference: true, maxAttempts: asked.maxAttempts });
    this.#notes = new AttemptNotes(asked.startedMs, asked.model);
    this.#patience = new Patience({ runtime, observer, waiting, turns, waitMs: asked.waitMs });
    this.#ending = new UpgradeEnding(this.#notes, asked);
    asked.exchange.onGone(() => this.#left.abort());
  }

  async run(): Promise<UpgradeResult> {
    const deadline = this.#startDeadline();
    try {
      await this.#tryAll();
    } catch (error) {
      if (error instanceof GatewayError) return this.#ending.failed(error, this.#standing());
      throw error;
    } finally {
      deadline?.cancel();
    }
    const last = this.#last;
    if (last?.answer.socket === undefined) return this.#ending.unanswered(this.#standing());
    const session = await this.#relay(last);
    this.#end(last, outcomeOf(session));
    return this.#ending.session(session, last.answer.headers ?? {}, this.#standing());
  }

  #startDeadline(): Timer | undefined {
    const { deadlineMs, startedMs } = this.#asked;
    const { runtime } = this.#room;
    if (deadlineMs === undefined) return undefined;
    return runtime.after(Math.max(0, startedMs + deadlineMs - runtime.monotonic()), () => {
      this.#stopped = "deadline";
      this.#left.abort();
    });
  }

  async #tryAll(): Promise<void> {
    for (;;) {
      this.#restOverMs = Infinity;
      for (const tier of this.#asked.tiers) {
        await this.#tryTier(tier);
        if (this.#over) return;
      }
      await this.#tryLastAgain();
      if (this.#over || this.#stopped !== undefined) return;
      const pool = this.#asked.tiers[0]?.candidates[0]?.endpoint.pool ?? "";
      if (!(await this.#patience.wait(pool, this.#restOverMs, this.#left.signal))) return;
      this.#notes.rested();
      if (this.#left.signal.aborted) return;
    }
  }

  async #tryTier(tier: Tier): Promise<void> {
    while (!this.#over) {
      let decision = this.#decide(tier);
      const pauseMs = this.#pauseMs(decision.pick);
      if (pauseMs > 0) {
        await sleep(this.#room.runtime, pauseMs, this.#left.signal);
        decision = this.#decide(tier);
      }
      const { pick } = decision;
      if (pick === undefined || !this.#mayBurden(pick)) return;
      await this.#tryNext(pick, tier, decision);
    }
  }

  /** Asks the last endpoint once more, after which nobody was left, where its failure may pass by itself. */
  async #tryLastAgain(): Promise<void> {
    const last = this.#last;
    if (last === undefined || this.#repeated || this.#stopped !== undefined) return;
    const { candidate, tier, decision } = last;
    if (!this.#rules.mayRepeat(last.answer.outcome) || !this.#mayBurden(candidate)) return;
    this.#repeated = true;
    await sleep(this.#room.runtime, this.#pauseMs(candidate), this.#left.signal);
    const { quota, runtime } = this.#room;
    if (quota.shortage(candidate, this.#modelOf(candidate), this.#asked.estimate, runtime.monotonic())) {
      return;
    }
    await this.#tryNext(candidate, tier, decision);
  }

  async #tryNext(candidate: Candidate, tier: Tier, decision: Decision): Promise<void> {
    this.#over = this.#left.signal.aborted;
    if (this.#over) return;
    this.#stopped = undefined;
    const tried = this.#last = await this.#try(candidate, tier, decision);
    const { answer: { socket, outcome } } = tried;
    this.#over = socket !== undefined;
    if (this.#over) return;
    this.#end(tried, outcome);
    this.#over = this.#left.signal.aborted || !this.#rules.mayGoOn(candidate, outcome);
    if (outcome.class === "capability") this.#notes.leaveOut(candidate.endpoint.provider, this.#asked.tiers);
  }

  async #try(candidate: Candidate, tier: Tier, decision: Decision): Promise<Try> {
    const { runtime, health, caller, quota, providerOf } = this.#room;
    const { requestFor, clientKey, deadlinesFor, errorRulesOf, estimate } = this.#asked;
    const { endpoint } = candidate;
    const provider = providerOf(endpoint.provider);
    const key = endpoint.key === "client" ? clientKey : endpoint.key?.secret;
    const body = new OutgoingBody({ kind: "none" }, undefined);
    const request = outgoingCall(requestFor(candidate), candidate, provider, body, key);
    const model = this.#modelOf(candidate);
    const lease = startLease({ decision, tier, runtime, health, quota: { desk: quota, model, estimate } });
    const startMs = runtime.monotonic();
    this.#why = decision.why;
    const answer = await callUpgrade({
      ...{ caller, runtime, request, key },
      deadlines: deadlinesFor(candidate),
      rules: [...errorRulesOf(endpoint.pool), ...provider.errors],
      left: this.#left.signal,
    }).catch((error: unknown) => {
      // A fault of ours tells nothing of the endpoint, which must not look busy for ever.
      lease.end({ class: "client_gone", reason: "internal_fault" });
      throw error;
    });
    const limits = answer.headers && limitFacts(answer.headers, runtime.now());
    if (limits !== undefined) lease.told(limits);
    return { candidate, tier, decision, lease, answer, startMs };
  }

  /** Accepts the client's side and carries the session to its end. */
  async #relay({ candidate, tier, decision, lease, answer }: Try): Promise<SocketSession> {
    const { runtime } = this.#room;
    const { exchange, mode, headersFor, idleMsFor, opened, affinity } = this.#asked;
    const { socket, headers = {} } = answer;
    if (socket === undefined || exchange.gone) {
      socket?.destroy();
      return { end: "client_left", fromClientBytes: 0, fromUpstreamBytes: 0 };
    }
    this.#notes.serve(candidate, runtime.monotonic());
    affinity?.assign(tier, candidate.endpoint.id, decision.why.crowded === true);
    // Not `streamed`: the time to a 101 tells nothing of how long an answer takes.
    lease.firstContent(false);
    const client = exchange.accept({
      ...acceptedHeaders(headers, mode),
      ...headersFor(candidate, this.#notes.failures.length + 1),
    });
    return await new Promise((over) => {
      opened(new SocketRelay({ runtime, client, upstream: socket, idleMs: idleMsFor(candidate), over }));
    });
  }

  /** An attempt is over: its endpoint is free, and what it came to is learnt and noted. */
  #end({ candidate, lease, answer, startMs }: Try, outcome: Outcome): void {
    const { health, runtime } = this.#room;
    lease.end(outcome);
    health.learn(candidate, this.#modelOf(candidate), outcome);
    const { refusal, headers, headMs, socket } = answer;
    this.#notes.add(candidate, {
      ...{ outcome, refusal, headers, headMs, firstContentMs: socket && headMs !== null ? headMs : null },
      ...{ committed: socket !== undefined, whole: false, streamed: false },
      ...{ errorCode: null, lostUsage: undefined, usage: undefined, translated: false },
    }, { startMs, endMs: runtime.monotonic() });
  }

  #decide(tier: Tier): Decision {
    const { runtime, health, quota } = this.#room;
    const { model, estimate, affinity } = this.#asked;
    const around = { health, quota, nowMs: runtime.monotonic(), random: runtime.random };
    tier.index.settle(model, around);
    const decision = decide(
      {
        ...{ model, estimate, stayWith: affinity?.find(tier), stayAnyway: affinity?.isFirm },
        ...this.#notes.passedOver,
        hashKey: affinity?.hashKey(tier),
      },
      tier,
      around,
    );
    this.#why = decision.why;
    this.#restOverMs = Math.min(this.#restOverMs, around.nowMs + (decision.why.soonestMs ?? Infinity));
    return decision;
  }

  /** Whether the pool of the pick can bear one more attempt; see {@link canBear}. */
  #mayBurden({ endpoint: { pool } }: Candidate): boolean {
    const facts = {
      pools: this.#notes.pools,
      last: this.#last?.answer.outcome,
      rules: this.#rules,
      budgetFor: this.#asked.budgetFor,
    };
    if (canBear(pool, facts, this.#room)) return true;
    this.#stopped = "retry_budget";
    return false;
  }

  #pauseMs(next: Candidate | undefined): number {
    const last = this.#last;
    if (last === undefined || next === undefined) return 0;
    return this.#rules.pauseMs(last.candidate, last.answer.outcome, next, this.#room.runtime.random);
  }

  #modelOf(candidate: Candidate): string | undefined {
    return candidate.model ?? this.#asked.model;
  }

  #standing(): AttemptsWhy | undefined {
    const { waitedMs } = this.#patience;
    const soonestMs = remainingMs(this.#restOverMs, this.#room.runtime.monotonic());
    return this.#why && {
      ...this.#why,
      ...(this.#notes.served === undefined && soonestMs < Infinity ? { soonestMs } : {}),
      ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
      ...(waitedMs === 0 ? {} : { waitedMs }),
    };
  }
}
