import type { Provenance, Usage } from "../../core/answer.ts";
import type { SpentFacts } from "../../recording/record.ts";
import type { AnswerUsage } from "../../upstream/usage/answer_usage.ts";
import { attemptUsage, type EndedAttempt } from "../../upstream/usage/ended_attempt.ts";
import { requestTokens } from "../../upstream/usage/request_tokens.ts";
import { usdOf } from "../../limits/prices/cost.ts";
import type { ActualUse } from "../../limits/reservation.ts";
import type { Caller } from "../authenticate.ts";
import type { RequestFacts } from "../facts/request_facts.ts";
import type { Generation } from "../generation.ts";

/** What an account knows of its request; filled in as the request goes on. */
export interface AccountedRequest {
  readonly id: string;
  readonly generation: Generation;
  readonly caller: Caller | undefined;
  readonly facts: RequestFacts | undefined;
  readonly format: { readonly type: string };
  /** What it holds of its tenant's limits; undefined where nothing limits it. */
  readonly admission: { settle(actual: ActualUse): void } | undefined;
  /** Monotonic clock at its arrival. */
  readonly startedAtMs: number;
}

/** An attempt with what it cost. */
export interface PricedUsage extends AnswerUsage {
  /** Nanodollars; undefined where the price is not known. */
  readonly costNanos: number | undefined;
}

/** What a request came to, all its attempts together. */
export interface RequestSpent {
  /** Input and output tokens. */
  readonly tokens: number;
  /** Undefined where the price of an attempt is not known. */
  readonly usdNanos: number | undefined;
  /** The same in microdollars, rounded up. */
  readonly usdMicros: number | undefined;
  /** The least sure of its attempts. */
  readonly provenance: Provenance;
}

/** Works the account of one request out. */
export interface AccountDesk {
  /** Does work when `done` has resolved, which never rejects. */
  when(done: Promise<void>, work: () => void): void;
  /** Prices an attempt. */
  price(context: AccountedRequest, attempt: EndedAttempt, usage: AnswerUsage): PricedUsage;
  /** Enters an attempt whose cost is known for good. */
  enter(context: AccountedRequest, attempt: EndedAttempt, priced: PricedUsage): void;
  /** All attempts of a request that is over are entered. */
  settled(context: AccountedRequest, spent: RequestSpent): void;
}

/** One attempt of a request, and what it cost once that is known. */
interface AccountEntry {
  readonly isOk: boolean;
  /** Let go of once it is priced: behind it stand the call, the answer and the client's connection. */
  attempt: EndedAttempt | undefined;
  priced: PricedUsage | undefined;
}

/** What one request costs, attempt by attempt: each is read once, when nothing more of its answer will come. */
export class RequestAccount {
  readonly #desk: AccountDesk;
  readonly #entries: AccountEntry[] = [];
  /** Undefined once all is settled: a record that waits to be written must not keep a request in memory. */
  #context: AccountedRequest | undefined;
  #closed = false;

  constructor(desk: AccountDesk, context: AccountedRequest) {
    this.#desk = desk;
    this.#context = context;
  }

  /** Takes an attempt that is over. */
  readonly ended = (attempt: EndedAttempt): void => {
    const entry = { isOk: attempt.outcome.class === "ok", attempt, priced: undefined };
    this.#entries.push(entry);
    const { isDone, done } = attempt.tapped;
    const finish = () => apart(() => this.#finish(entry));
    if (isDone) finish();
    else this.#desk.when(done, finish);
  };

  /** Whether there was no attempt to account for: then nobody is told what the request came to. */
  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** The request is over: no attempt follows. */
  close(): void {
    this.#closed = true;
    if (this.#entries.length > 0) apart(() => this.#settleIfKnown());
  }

  /** What the record tells of it; of an answer that is still being read, what is known by now. */
  facts(): SpentFacts {
    const priced = this.#entries.map((entry) => this.#pricedOf(entry));
    const served = this.#entries.findLastIndex(({ isOk }) => isOk);
    const last = priced[served >= 0 ? served : priced.length - 1];
    const { usdNanos } = spentOf(priced);
    return {
      usage: last === undefined || last.provenance === "estimated" || isNothing(last.usage)
        ? null
        : last.usage,
      servedModel: last?.model ?? null,
      costUsd: priced.length === 0 || usdNanos === undefined ? null : usdOf(usdNanos),
      attempts: priced.map(({ usage, provenance, costNanos }) => ({
        usage,
        provenance,
        costUsd: costNanos === undefined ? null : usdOf(costNanos),
      })),
    };
  }

  #finish(entry: AccountEntry): void {
    const { attempt } = entry;
    if (attempt === undefined || this.#context === undefined) return;
    const priced = entry.priced = this.#pricedOf(entry);
    entry.attempt = undefined;
    this.#desk.enter(this.#context, attempt, priced);
    this.#settleIfKnown();
  }

  #settleIfKnown(): void {
    const context = this.#context;
    if (!this.#closed || context === undefined) return;
    const priced: PricedUsage[] = [];
    for (const entry of this.#entries) {
      if (entry.priced === undefined) return;
      priced.push(entry.priced);
    }
    this.#context = undefined;
    this.#desk.settled(context, spentOf(priced));
  }

  #pricedOf({ attempt, priced }: AccountEntry): PricedUsage {
    if (priced !== undefined) return priced;
    const context = this.#context;
    // Both are let go of only after the attempt is priced.
    if (attempt === undefined || context === undefined) {
      throw new RangeError("An attempt was let go of before it was priced");
    }
    return this.#desk.price(context, attempt, attemptUsage(attempt, () => inputTokensOf(context)));
  }
}

/** A fault of ours in accounts is reported as a promise that nobody handled is; the client's answer must not suffer from it. */
function apart(work: () => void): void {
  try {
    work();
  } catch (error) {
    void Promise.reject(error);
  }
}

function inputTokensOf({ facts }: AccountedRequest): number {
  if (facts === undefined) return 0;
  return facts.json === undefined ? facts.estimate.inputTokens : requestTokens(facts.json.bytes);
}

function isNothing({ inputTokens, outputTokens }: Usage): boolean {
  return inputTokens === 0 && outputTokens === 0;
}

function spentOf(attempts: readonly PricedUsage[]): RequestSpent {
  const tokens = attempts.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0);
  const isKnown = attempts.every(({ costNanos }) => costNanos !== undefined);
  const usdNanos = isKnown ? attempts.reduce((sum, { costNanos = 0 }) => sum + costNanos, 0) : undefined;
  const sources = attempts.map(({ provenance }) => provenance);
  return {
    tokens,
    usdNanos,
    usdMicros: usdNanos === undefined ? undefined : Math.ceil(usdNanos / 1000),
    provenance: (["estimated", "partial"] as const).find((each) => sources.includes(each)) ?? "reported",
  };
}
