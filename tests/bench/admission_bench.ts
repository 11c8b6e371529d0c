/**
 * What limits cost a request. Run with `deno bench -A tests/bench/admission_bench.ts`; the bar is 3 µs for one request,
 * admitted, settled and over, that is 3 ms for a round, of 10,000 tenants in turn too (`docs/limits.md`). Every tenant has
 * been there before: a count is made once. On a machine that does other work, the fastest round tells most.
 * @module
 */
import { silentLog } from "../../src/core/log.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { AdmissionDesk } from "../../src/limits/admission_desk.ts";
import type { CallerLimits, LimitScope, RequestCost } from "../../src/limits/limit_policy.ts";
import { Reservation } from "../../src/limits/reservation.ts";
import { memory } from "../../src/stores/memory.ts";
import { WriteBehind } from "../../src/stores/write_behind.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

const FEW = 100;
const MANY = 10_000;
const ROUND = 1_000;

const runtime = fakeRuntime();
const store = await memory.open({ dataDir: "", runtime, report: () => {} });
const log = silentLog;
const state = new WriteBehind({ store, runtime, log, observer: memoryObserver() });
const desk = new AdmissionDesk({ runtime, log, state });

const MINUTE: CallerLimits = { requestsPerMinute: 1e9, tokensPerMinute: 1e12, concurrency: 1e6 };
const ALL: CallerLimits = {
  ...MINUTE,
  bytesPerMinute: 1e12,
  requestsPerDay: { max: 1e9, resetMinute: 0, zone: "UTC" },
  tokensPerDay: { max: 1e12, resetMinute: 0, zone: "UTC" },
  budget: { usdMicros: 1e15, period: { kind: "month", zone: "Europe/Berlin" } },
};
const cost: RequestCost = { tokens: 1_200, usdMicros: 5_000, bytes: 800 };

function scopesOf(limits: CallerLimits): LimitScope[][] {
  return Array.from({ length: MANY }, (_, index) => [
    { name: `tenant/t${index}`, limits, of: "tenant", model: undefined, found: undefined },
    { name: `tenant/t${index}/model/gpt-*`, limits, of: "tenant", model: "gpt-*", found: undefined },
    { name: `tenant/t${index}/key:abc`, limits, of: "key", model: undefined, found: undefined },
  ]);
}

const benches = {
  "a tenant's minute": scopesOf(MINUTE).map((scopes) => scopes.slice(0, 1)),
  "tenant, model and key, minute": scopesOf(MINUTE),
  "tenant, model and key, every limit": scopesOf(ALL),
};
let at = 0;

function send(scopes: LimitScope[]): void {
  const found = desk.admit(scopes, cost);
  if (!(found instanceof Reservation)) throw new Error("refused");
  found.settle({ tokens: 900, usdMicros: 4_000 });
  found.release(1_000);
}

for (const [name, tenants] of Object.entries(benches)) {
  tenants.forEach(send);
  for (const count of [FEW, MANY]) {
    Deno.bench({ name: `${name}: ${ROUND} requests of ${count} tenants in turn`, group: "admission" }, () => {
      for (let sent = 0; sent < ROUND; sent++) send(tenants[at++ % count] ?? []);
      runtime.advance(1);
    });
  }
}
