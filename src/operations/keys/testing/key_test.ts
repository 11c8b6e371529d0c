import type { Candidate } from "../../../balancing/endpoint.ts";
import type { HealthBoard } from "../../../balancing/health.ts";
import type { Outcome, OutcomeClass } from "../../../core/outcome.ts";
import { type Runtime, sleep } from "../../../core/runtime.ts";
import type { Job, JobControl } from "../../jobs/jobs.ts";

/** Refused keys that a result lists. */
const MAX_LISTED = 1_000;

/** Keys that must all be refused before the upstream is suspected in their place. */
const MIN_SUSPECT = 4;

/** How fast keys may be tested. */
export interface TestPace {
  /** Tests at once. */
  readonly concurrency: number;
  readonly perSecond: number;
}

/** What a {@link KeyTest} works with. */
export interface KeyTestParts {
  readonly runtime: Runtime;
  readonly health: HealthBoard;
  /** One for each key. */
  readonly candidates: readonly Candidate[];
  readonly pace: TestPace;
  /** Asks one endpoint; never rejects for what the upstream does. */
  readonly ask: (candidate: Candidate) => Promise<Outcome>;
}

/** What a test found so far; plain JSON, without any key. */
export interface KeyTestResult {
  /** How many keys came to each class of outcome. */
  readonly byClass: Partial<Record<OutcomeClass, number>>;
  /** Keys that the test has marked invalid. */
  readonly marked: number;
  /** Keys that were refused by an upstream that has served none so far, or by the end of a cancelled test: they are not marked. */
  readonly withheld: number;
  /** The first 1,000 that did not pass. */
  readonly failed: readonly { readonly key: string; readonly class: OutcomeClass; readonly reason: string }[];
}

/**
 * Asks with every key once, beside the traffic. A key that is refused explicitly becomes invalid, once its
 * upstream has passed another: an upstream that refuses all (a wrong URL, a firewall) costs no key. A key that
 * passes is tried by the next request, where it was invalid; anything else only counts.
 */
export class KeyTest implements Job {
  readonly type = "key-test";
  readonly total: number;
  readonly #parts: KeyTestParts;
  readonly #byClass = new Map<OutcomeClass, number>();
  readonly #failed: { key: string; class: OutcomeClass; reason: string }[] = [];
  readonly #passed = new Set<string>();
  /** By scope of the upstream. */
  readonly #withheld = new Map<string, { candidate: Candidate; outcome: Outcome }[]>();
  #marked = 0;
  #next = 0;
  #nextStartMs = 0;

  constructor(parts: KeyTestParts) {
    this.#parts = parts;
    this.total = parts.candidates.length;
  }

  result(): KeyTestResult {
    let withheld = 0;
    for (const waiting of this.#withheld.values()) withheld += waiting.length;
    return {
      byClass: Object.fromEntries(this.#byClass),
      marked: this.#marked,
      withheld,
      failed: this.#failed,
    };
  }

  async run(control: JobControl): Promise<void> {
    this.#nextStartMs = this.#parts.runtime.monotonic();
    const workers = Array.from({ length: this.#parts.pace.concurrency }, () => this.#work(control));
    await Promise.all(workers);
    // Of many that were to be asked, few may be all that a suspect upstream had the time to refuse.
    if (control.signal.aborted) return;
    // So few prove nothing of the upstream: there each refusal counts for itself.
    for (const [upstream, { length }] of this.#withheld) {
      if (length < MIN_SUSPECT) this.#markWithheld(upstream);
    }
  }

  async #work(control: JobControl): Promise<void> {
    for (;;) {
      if (!await control.mayGoOn()) return;
      const candidate = this.#parts.candidates[this.#next++];
      if (candidate === undefined) return;
      await this.#waitForTurn(control.signal);
      if (!await control.mayGoOn()) return;
      this.#note(candidate, await this.#parts.ask(candidate));
      control.advance(1);
    }
  }

  async #waitForTurn(signal: AbortSignal): Promise<void> {
    const { runtime, pace } = this.#parts;
    const nowMs = runtime.monotonic();
    const startMs = Math.max(this.#nextStartMs, nowMs);
    this.#nextStartMs = startMs + 1_000 / pace.perSecond;
    if (startMs > nowMs) await sleep(runtime, startMs - nowMs, signal);
  }

  #note(candidate: Candidate, outcome: Outcome): void {
    this.#byClass.set(outcome.class, (this.#byClass.get(outcome.class) ?? 0) + 1);
    const { scopes: { upstream }, key } = candidate.endpoint;
    if (outcome.class === "ok") {
      this.#passed.add(upstream);
      this.#parts.health.probed(candidate, outcome);
      return this.#markWithheld(upstream);
    }
    if (this.#failed.length < MAX_LISTED && typeof key === "object") {
      this.#failed.push({ key: key.fingerprint, class: outcome.class, reason: outcome.reason });
    }
    if (outcome.class !== "key_invalid" || outcome.explicit !== true) return;
    const waiting = this.#withheld.get(upstream);
    if (waiting === undefined) this.#withheld.set(upstream, [{ candidate, outcome }]);
    else waiting.push({ candidate, outcome });
    if (this.#passed.has(upstream)) this.#markWithheld(upstream);
  }

  #markWithheld(upstream: string): void {
    for (const { candidate, outcome } of this.#withheld.get(upstream) ?? []) {
      if (this.#parts.health.refusedWhenTested(candidate, outcome)) this.#marked++;
    }
    this.#withheld.delete(upstream);
  }
}
