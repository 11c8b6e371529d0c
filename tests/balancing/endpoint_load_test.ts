import assert from "node:assert/strict";
import fc from "fast-check";
import { EndpointLoad } from "../../src/balancing/endpoint_load.ts";
import type { Mark } from "../../src/balancing/health/mark.ts";
import { OUTCOME_CLASSES, type OutcomeClass } from "../../src/core/outcome.ts";
import { outcome } from "./fixtures.ts";

const OWN_FAILURES: readonly OutcomeClass[] = ["broken", "overloaded", "unreachable", "rate_limited"];

function after(...classes: readonly OutcomeClass[]): EndpointLoad {
  const load = new EndpointLoad();
  for (const one of classes) {
    load.begin();
    load.end(outcome(one), 0);
  }
  return load;
}

Deno.test("a failure of the endpoint's own halves its trust, a success gives a sixteenth back", () => {
  for (const failure of OWN_FAILURES) {
    assert.equal(after(failure).trust, 1 / 2, failure);
    assert.equal(after(failure, failure).trust, 1 / 4, failure);
    assert.equal(after(failure, failure, "ok", "ok").trust, 6 / 16, failure);
  }
});

Deno.test("what is not the endpoint's failure changes its trust in no way", () => {
  for (const other of OUTCOME_CLASSES.filter((one) => !OWN_FAILURES.includes(one) && one !== "ok")) {
    assert.equal(after(other).trust, 1, other);
    assert.equal(after("broken", other).trust, 1 / 2, other);
  }
});

Deno.test("whatever happens, trust stays from 1/16 to 1, and 15 successes bring it back whole", () => {
  const any = fc.array(fc.constantFrom(...OUTCOME_CLASSES), { maxLength: 60 });
  fc.assert(fc.property(any, (classes) => {
    const { trust } = after(...classes);
    assert.ok(trust >= 1 / 16 && trust <= 1);
    const healed = after(...classes, ...Array.from({ length: 15 }, () => "ok" as const));
    assert.equal(healed.trust, 1);
    assert.equal(healed.inFlight, 0);
    assert.equal(healed.started, classes.length + 15);
  }));
});

Deno.test("a failure counts as ten seconds, not as the moment that it took", () => {
  const load = new EndpointLoad();
  load.content(200, 0);
  load.begin();
  load.end(outcome("overloaded"), 0);
  assert.equal(load.latencyMs(0), 10_000);
  assert.equal(after("client_fault", "key_invalid").isUnknown, true);
});

const mark = (state: Mark["state"]): Mark => ({
  state,
  scope: "s",
  reason: "r",
  sinceMs: 0,
  endMs: Infinity,
});

Deno.test("one that was there from the start is warm; one that is new begins with a tenth and grows evenly", () => {
  assert.equal(new EndpointLoad().warmth(0, 30_000), 1);
  const load = new EndpointLoad(1_000);
  const at = (nowMs: number) => Number(load.warmth(nowMs, 30_000).toFixed(9));
  assert.deepEqual([1_000, 16_000, 30_999, 31_000, 90_000].map(at), [0.1, 0.55, 0.99997, 1, 1]);
  assert.equal(load.warmth(1_000, 0), 1, "a slow start of no length is none");
});

Deno.test("whoever comes back from an ejection, an invalid key or a person's hand starts slowly, from a cooldown at once", () => {
  for (const state of ["ejected", "invalid", "disabled"] as const) {
    const load = new EndpointLoad();
    load.seen(mark(state), 0);
    assert.equal(load.warmth(0, 30_000), 1, "being out is not yet coming back");
    load.seen(mark("cooldown"), 4_000);
    load.seen(undefined, 5_000);
    load.seen(undefined, 20_000);
    assert.equal(load.warmth(20_000, 30_000), 0.55, state);
  }
  const cooled = new EndpointLoad();
  cooled.seen(mark("cooldown"), 0);
  cooled.seen(undefined, 5_000);
  assert.equal(cooled.warmth(5_000, 30_000), 1);
});
