import type { Runtime } from "../../core/runtime.ts";
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

/** What {@link Accountant} needs. */
export interface AccountantParts {
  readonly runtime: Runtime;
  readonly observer: Observer;
  readonly ledger: Ledger;
  readonly rates: RequestRates;
}

/**
 * Reads what attempts cost, whether or not they are recorded, and enters each into the ledger once: as soon as nothing more
 * of an answer will come and its last byte was handed to the client. Put off, it would keep whole requests in memory and
 * hold up others for as long as it takes for all that gathered.
 */
export class Accountant implements AccountDesk {
  readonly #parts: AccountantParts;
  /** Of answers that are still coming after their request is over. */
  readonly #unfinished = new Set<() => void>();

  constructor(parts: AccountantParts) {
    this.#parts = parts;
  }

  /** Begins the account of a request. */
  open(context: AccountedRequest): RequestAccount {
    return new RequestAccount(this, context);
  }

  /** Reads what is there of answers that are still coming: before the process ends, and for tests. */
  flush(): void {
    for (const work of this.#unfinished) work();
    this.#unfinished.clear();
  }

  when(done: Promise<void>, work: () => void): void {
    this.#unfinished.add(work);
    done.then(() => {
      if (this.#unfinished.delete(work)) work();
    });
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
}
