import { silentLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import type { Runtime } from "../../../src/core/runtime.ts";
import { Ledger } from "../../../src/limits/ledger/ledger.ts";
import type { LedgerRow } from "../../../src/limits/ledger/ledger_row.ts";
import type { Store } from "../../../src/stores/store.ts";
import { WriteBehind } from "../../../src/stores/write_behind.ts";

/** A store that holds nothing and takes everything. */
const NO_STORE: Store = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  delete: () => Promise.resolve(),
  apply: () => Promise.resolve(),
  async *list() {},
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** A ledger over a store, or over none. */
export function testLedger(runtime: Runtime, store: Store = NO_STORE): Ledger {
  const log = silentLog;
  return new Ledger({
    runtime,
    log,
    state: new WriteBehind({ store, runtime, log, observer: memoryObserver() }),
  });
}

let rows = 0;

/** A row that says what a test does not care about. */
export function rowOf(more: Partial<LedgerRow>): LedgerRow {
  return {
    id: `row-${++rows}-1`,
    timeMs: 0,
    first: true,
    tenant: "web",
    tenantKey: "aaaaaa",
    pool: "openai",
    key: "bbbbbb",
    model: "gpt-4o",
    ok: true,
    usage: { inputTokens: 10, outputTokens: 5 },
    provenance: "reported",
    costNanos: 1_000,
    ...more,
  };
}
