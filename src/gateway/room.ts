import type { AffinityTable } from "../balancing/affinity.ts";
import type { HealthBoard } from "../balancing/health.ts";
import type { QuotaBook } from "../balancing/quota/quota_book.ts";
import type { Exchange, HeaderFields } from "../core/exchange.ts";
import type { Log } from "../core/log.ts";
import type { Notices } from "../core/notices.ts";
import type { Observer } from "../core/observe.ts";
import type { Runtime } from "../core/runtime.ts";
import type { Ledger } from "../limits/ledger/ledger.ts";
import type { Admissions } from "../limits/admissions.ts";
import type { CaptureBudget } from "../recording/capture.ts";
import type { Recorder } from "../recording/recorder.ts";
import type { SharedAttempts } from "../upstream/attempts/shared_attempts.ts";
import type { CallStarter } from "../upstream/call.ts";
import type { KeyUses } from "../tenants/key_uses.ts";
import type { AffinityKeys } from "./affinity/affinity_keys.ts";
import type { Issuers } from "./account/issuers.ts";
import type { PinTable } from "./account/pins.ts";
import type { RequestRates } from "./under_way/request_rates.ts";

/** What outlives every request and generation, and handling a request needs. */
export interface HandleRoom {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  readonly notices: Notices;
  readonly health: HealthBoard;
  readonly quota: QuotaBook;
  readonly affinity: AffinityTable;
  readonly affinityKeys: AffinityKeys;
  readonly pins: PinTable;
  readonly issuers: Issuers;
  readonly caller: CallStarter;
  /** When and from where each tenant key was used last. */
  readonly keyUses: KeyUses;
  /** Retry budgets, waiting requests, bytes of answers held until they are whole. */
  readonly attempts: SharedAttempts;
  readonly ledger: Ledger;
  /** Undefined: records are switched off. */
  readonly recorder: Recorder | undefined;
  /** Bytes that all requests in flight may hold of their bodies. */
  readonly bodyBudget: CaptureBudget;
  /** Bytes that answers captured for records may hold. */
  readonly captureBudget: CaptureBudget;
  /** What goes by each minute. */
  readonly rates: RequestRates;
  /** What tenants' limits leave. */
  readonly admissions: Admissions;
  /** Answers with what was thrown, in the client's format; `fields` go with it. */
  readonly respondError: (
    exchange: Exchange,
    thrown: unknown,
    requestId: string,
    fields?: HeaderFields,
  ) => void;
  /** A digest nobody can foretell without the instance key. */
  readonly digest: (text: string) => string;
}
