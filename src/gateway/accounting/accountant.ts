import type { Runtime, Timer } from "../../core/runtime.ts";
import type { Observer } from "../../core/observe.ts";
import type { Ledger } from "../../limits/ledger/ledger.ts";
import type { AnswerUsage } from "../../upstream/usage/answer_usage.ts";
import type { EndedAttempt } from "../../upstream/usage/ended_attempt.ts";
import type { RequestRates } from "../under_way/request_rates.ts";
import { measureUsage } from "../measuring/usage_measures.ts";
import {
  type AccountDesk,
  type AccountedRequest,
  type PricedUsage,
  RequestAccount,
  type RequestSpent,
} from "./request_account.ts";

/** Most attempts that wait to be read; one more makes the oldest be read at once, so that none is ever lost. */
const MAX_WAITING = 5_000;

/** Longest time that is spent in one turn reading what attempts cost, in milliseconds. */
const TURN_MS = 5;

/** What {@link Accountant} needs. */
export interface AccountantParts {
  readonly runtime: Runtime;
  readonly observer: Observer;
  readonly ledger: Ledger;
  readonly rates: RequestRates;
}

/** Reads what attempts cost off the request path, whether or not they are recorded, and enters each into the ledger once. */
export class Accountant implements AccountDesk {
  readonly #parts: AccountantParts;
  #waiting: (() => void)[] = [];
  readonly #unfinished = new Set<() => void>();
  #due: Timer | undefined;

  constructor(parts: AccountantParts) {
    this.#parts = parts;
  }

  /** Begins the account of a request. */
  open(context: AccountedRequest): RequestAccount {
    return new RequestAccount(this, context);
  }

  /** Reads everything that waits now, also of answers that are still coming: before the process ends, and for tests. */
  flush(): void {
    this.#waiting.push(...this.#unfinished);
    this.#unfinished.clear();
    while (this.#waiting.length > 0) this.#waiting.shift()?.();
    this.#due?.cancel();
    this.#due = undefined;
  }

  catchUp(): boolean {
    if (this.#waiting.length === 0) return false;
    this.#work();
    return true;
  }

  later(work: () => void, when?: Promise<void>): void {
    if (when !== undefined) {
      this.#unfinished.add(work);
      return void when.then(() => {
        if (this.#unfinished.delete(work)) this.later(work);
      });
    }
    if (this.#waiting.length >= MAX_WAITING) this.#waiting.shift()?.();
    this.#waiting.push(work);
    this.#schedule();
  }

  price(context: AccountedRequest, attempt: EndedAttempt, usage: AnswerUsage): PricedUsage {
    const { endpoint } = attempt.candidate;
    const { inputTokens, outputTokens } = usage.usage;
    // What did no work costs nothing, whatever its price would be.
    if (inputTokens === 0 && outputTokens === 0 && usage.provenance === "reported") {
      return { ...usage, costNanos: 0 };
    }
    const costNanos = context.generation.prices.cost({
      tenant: context.caller?.tenant.name ?? "",
      pool: endpoint.pool,
      provider: endpoint.provider,
      url: endpoint.upstream.url,
      models: [usage.model, attempt.model].filter((name) => name !== undefined),
      vendorTier: usage.vendorTier,
      timeMs: this.#parts.runtime.now(),
    }, usage.usage);
    return { ...usage, costNanos };
  }

  enter(context: AccountedRequest, attempt: EndedAttempt, priced: PricedUsage): void {
    const { ledger, observer, runtime, rates } = this.#parts;
    const { number, candidate: { endpoint }, model, outcome } = attempt;
    const { usage, provenance, costNanos } = priced;
    const tokens = usage.inputTokens + usage.outputTokens;
    if (provenance !== "estimated" && tokens > 0) attempt.settle(usage);
    // What did no work is no answer of 0 tokens.
    if (provenance === "reported" && tokens > 0) {
      measureUsage(usage, observer, context, { endpoint, costNanos });
    }
    const { caller } = context;
    rates.tenants.used(caller?.tenant.name ?? "", tokens, runtime.monotonic());
    ledger.enter({
      id: `${context.id}-${number}`,
      timeMs: runtime.now(),
      first: number === 1,
      tenant: caller?.tenant.name ?? "",
      tenantKey: caller?.fingerprint ?? "",
      pool: endpoint.pool,
      key: typeof endpoint.key === "object" ? endpoint.key.fingerprint : null,
      model: model ?? null,
      ok: outcome.class === "ok",
      usage,
      provenance,
      costNanos: costNanos ?? null,
    });
  }

  settled({ admission }: AccountedRequest, { tokens, usdMicros }: RequestSpent): void {
    admission?.settle({ tokens, usdMicros });
  }

  #schedule(): void {
    this.#due ??= this.#parts.runtime.after(0, () => {
      this.#due = undefined;
      this.#work();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  /** Reads from the front, for one turn at most. */
  #work(): void {
    const endMs = this.#parts.runtime.monotonic() + TURN_MS;
    // Taken from the front in one go: a shift of a long list moves all of it.
    let at = 0;
    for (; at < this.#waiting.length && this.#parts.runtime.monotonic() < endMs; at++) {
      this.#waiting[at]?.();
    }
    this.#waiting = this.#waiting.slice(at);
  }
}
