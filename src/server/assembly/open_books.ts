import { AffinityTable } from "../../balancing/affinity.ts";
import { HealthBoard } from "../../balancing/health.ts";
import { QuotaBook } from "../../balancing/quota/quota_book.ts";
import type { Log } from "../../core/log.ts";
import type { Notices } from "../../core/notices.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import { Ledger } from "../../limits/ledger/ledger.ts";
import { Admissions } from "../../limits/admissions.ts";
import { EndpointNotes } from "../../operations/endpoint_notes.ts";
import { RunTimeTenants } from "../../operations/tenants/run_time_tenants.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import { KeyUses } from "../../tenants/key_uses.ts";

/** What is measured and kept over generations and restarts; nothing of it is restored yet. What must be closed is left to `opened`. */
export function openBooks(
  { runtime, log, observer, notices }: {
    readonly runtime: Runtime;
    readonly log: Log;
    readonly observer: Observer;
    readonly notices: Notices;
  },
  state: WriteBehind,
  opened: AsyncDisposableStack,
) {
  const admissions = new Admissions({ runtime, log, state });
  opened.defer(() => admissions.desk.close());
  const ledger = new Ledger({ runtime, log, state });
  opened.defer(() => ledger.close());
  return {
    health: new HealthBoard({ runtime, log, observer, notices, state }),
    affinity: new AffinityTable({ runtime, log, state }),
    quota: new QuotaBook({ runtime, log, state }),
    admissions,
    tenants: new RunTimeTenants({ log, state }),
    keyUses: new KeyUses({ log, state }),
    notes: new EndpointNotes({ runtime, log, state }),
    ledger,
  };
}
