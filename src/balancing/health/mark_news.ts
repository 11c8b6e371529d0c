import type { Log, LogFields } from "../../core/log.ts";
import type { Notices } from "../../core/notices.ts";
import type { Observer } from "../../core/observe.ts";
import type { OutcomeClass } from "../../core/outcome.ts";
import type { Endpoint } from "../endpoint.ts";
import type { MarkState } from "./mark.ts";
import type { NewMark } from "./scope_book.ts";

/** Whose doing a change is: an outcome's class or a person's. */
export type Cause = OutcomeClass | "person";

/** Tells log and metrics of every change of a mark, once. */
export class MarkNews {
  readonly #log: Log;
  readonly #observer: Observer;
  readonly #notices: Notices | undefined;

  constructor(log: Log, observer: Observer, notices: Notices | undefined) {
    this.#log = log;
    this.#observer = observer;
    this.#notices = notices;
  }

  /** A mark was set that did not stand before, for `forMs` (`Infinity`: for good); `at` is where it was learnt. */
  marked({ scope, state, reason }: NewMark, forMs: number, cause: Cause, at?: Endpoint): void {
    this.#observer.count("health_marks", { state, cause });
    const speak = state === "cooldown" ? this.#log.info : this.#log.warn;
    const seconds = forMs === Infinity ? null : Math.round(forMs / 1_000);
    speak(`Marked ${state}: ${scope}`, { scope, reason, cause, seconds, ...placeOf(at) });
    if ((cause === "key_invalid" && state === "invalid") || cause === "quota_spent") {
      this.#tellOfKey(cause, reason, at);
    }
  }

  /** A mark was taken off before its time. */
  lifted(scope: string, state: MarkState, cause: Cause, at?: Endpoint): void {
    this.#observer.count("health_lifts", { state, cause });
    this.#log.info(`No longer ${state}: ${scope}`, { scope, cause, ...placeOf(at) });
  }

  /** An upstream failed often enough to be ejected, but half of its pool is out already. */
  keptForRoom(at: Endpoint, reason: string): void {
    this.#log.warn("Not ejected, because half of the pool's upstreams are out already", {
      ...placeOf(at),
      reason,
    });
  }

  #tellOfKey(kind: "key_invalid" | "quota_spent", reason: string, at: Endpoint | undefined): void {
    if (at === undefined) return;
    const key = typeof at.key === "object" ? at.key.name ?? at.key.fingerprint : undefined;
    this.#notices?.tell({ kind, pool: at.pool, upstream: at.upstream.name, key, reason });
  }

  /** `keys` keys were refused by one upstream at once, and none of them is blamed. */
  sharedFailure(at: Endpoint, keys: number): void {
    this.#log.warn("One upstream refused at least half of a pool's keys at once: no key is marked for it", {
      ...placeOf(at),
      keys,
    });
  }
}

/** What people know a scope by: its own name alone says nothing to them. */
function placeOf(at: Endpoint | undefined): LogFields {
  if (at === undefined) return {};
  const key = typeof at.key === "object" ? at.key.name : undefined;
  return { pool: at.pool, upstream: at.upstream.name, ...(key === undefined ? {} : { key }) };
}
