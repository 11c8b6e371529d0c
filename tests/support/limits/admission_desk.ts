import { silentLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import type { Runtime } from "../../../src/core/runtime.ts";
import { AdmissionDesk } from "../../../src/limits/admission_desk.ts";
import type {
  CallerLimits,
  LimitScope,
  LimitShortage,
  RequestCost,
} from "../../../src/limits/limit_policy.ts";
import { Reservation } from "../../../src/limits/reservation.ts";
import { memory } from "../../../src/stores/memory.ts";
import type { Store } from "../../../src/stores/store.ts";
import { WriteBehind } from "../../../src/stores/write_behind.ts";

/** A desk with the store behind it. */
export interface DeskSetup {
  readonly desk: AdmissionDesk;
  readonly state: WriteBehind;
  readonly store: Store;
}

/** Opens a desk; over a store of its own unless one is given. */
export async function openDesk(runtime: Runtime, given?: Store): Promise<DeskSetup> {
  const log = silentLog;
  const store = given ?? await memory.open({ dataDir: "", runtime, report: () => {} });
  const state = new WriteBehind({ store, runtime, log, observer: memoryObserver() });
  return { desk: new AdmissionDesk({ runtime, log, state }), state, store };
}

/** A scope of a tenant. */
export function scopeOf(limits: CallerLimits, name = "tenant/web"): LimitScope {
  return { name, limits, of: "tenant", model: undefined, found: undefined };
}

/** What a request costs: nothing but itself, unless told otherwise. */
export function costOf(cost: Partial<RequestCost> = {}): RequestCost {
  return { tokens: 0, usdMicros: 0, bytes: 0, ...cost };
}

/** The reservation; throws where there is none. */
export function admitted(found: Reservation | LimitShortage | undefined): Reservation {
  if (found instanceof Reservation) return found;
  throw new Error(`not admitted: ${found?.limit}`);
}

/** The shortage; throws where there is none. */
export function refused(found: Reservation | LimitShortage | undefined): LimitShortage {
  if (found === undefined || found instanceof Reservation) throw new Error("not refused");
  return found;
}
