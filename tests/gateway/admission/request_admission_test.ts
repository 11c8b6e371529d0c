import assert from "node:assert/strict";
import { GatewayError } from "../../../src/core/errors.ts";
import { silentLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { RequestAdmission } from "../../../src/gateway/admission/request_admission.ts";
import { Admissions } from "../../../src/limits/admissions.ts";
import type { CallerLimits, RequestCost } from "../../../src/limits/limit_policy.ts";
import { memory } from "../../../src/stores/memory.ts";
import { WriteBehind } from "../../../src/stores/write_behind.ts";
import { costOf, scopeOf } from "../../support/limits/admission_desk.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const signal = new AbortController().signal;

/** Requests of one tenant. */
async function requestsUnder(limits: CallerLimits) {
  const runtime = fakeRuntime();
  const store = await memory.open({ dataDir: "", runtime, report: () => {} });
  const state = new WriteBehind({ store, runtime, log: silentLog, observer: memoryObserver() });
  const admissions = new Admissions({ runtime, log: silentLog, state });
  const scopes = { scopes: [scopeOf(limits)], queue: undefined, legacyFields: false };
  return async (cost: Partial<RequestCost>) => {
    const admission = new RequestAdmission(admissions, scopes, false);
    await admission.enter({ tenant: "web", cost: costOf(cost), signal });
    return admission;
  };
}

const refused = (code: string) => (error: unknown) => error instanceof GatewayError && error.code === code;

Deno.test("what a request did not use of its tokens and money is there for the next as soon as that is told", async () => {
  const kinds: [CallerLimits, string][] = [
    [{ tokensPerMinute: 100 }, "rate_limited"],
    [{ tokensPerDay: { max: 100, resetMinute: 0, zone: "UTC" } }, "rate_limited"],
    [{ budget: { usdMicros: 100, period: { kind: "total" } } }, "budget_exceeded"],
  ];
  for (const [limits, code] of kinds) {
    const enter = await requestsUnder(limits);
    const cost = { tokens: 80, usdMicros: 80 };
    const first = await enter(cost);
    await assert.rejects(enter(cost), refused(code), "it is reserved until it is told");
    first.settle({ tokens: 10, usdMicros: 10 });
    await enter(cost);
    await assert.rejects(enter(cost), refused(code));
  }
});

Deno.test("what no settlement can free is refused at once", async () => {
  const requests = await requestsUnder({ requestsPerMinute: 1 });
  await requests({});
  await assert.rejects(requests({}), refused("rate_limited"));
  const unpriced = await requestsUnder({ budget: { usdMicros: 100, period: { kind: "total" } } });
  await assert.rejects(unpriced({ usdMicros: undefined }), refused("model_unpriced"));
});
