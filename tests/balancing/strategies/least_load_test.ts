import assert from "node:assert/strict";
import { leastLoad } from "../../../src/balancing/strategies/least_load.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { candidate, decideNow, takeNames, takeNow, tierUnder } from "../fixtures.ts";

Deno.test("idle equals have their turns by weight: never the first of the list for ever", () => {
  const list = [candidate("a", { weight: 5 }), candidate("b"), candidate("c")];
  assert.equal(takeNames(tierUnder(leastLoad, list), 7), "aabacaa");
});

Deno.test("the least requests under way for its weight wins", () => {
  const [a, b, c] = [candidate("a", { weight: 4 }), candidate("b", { weight: 2 }), candidate("c")];
  const tier = tierUnder(leastLoad, [a, b, c]);
  for (let count = 0; count < 3; count++) a.endpoint.load.begin();
  b.endpoint.load.begin();
  b.endpoint.load.begin();
  c.endpoint.load.begin();
  assert.equal(decideNow(tier).pick, a, "3/4 against 1 and 1");
  a.endpoint.load.begin();
  a.endpoint.load.begin();
  assert.notEqual(decideNow(tier).pick, a, "5/4 against 1 and 1");
});

Deno.test("by peak_ewma the slow one is left alone, though it is idle", () => {
  const [slow, fast] = [candidate("slow"), candidate("fast")];
  slow.endpoint.load.content(8_000, 0);
  fast.endpoint.load.content(200, 0);
  fast.endpoint.load.begin();
  const tier = tierUnder(leastLoad, [slow, fast], { options: { load: "peak_ewma" } });
  assert.equal(decideNow(tier).pick, fast);
});

Deno.test("in a large tier a busy half is mostly left alone", () => {
  const list = Array.from({ length: 400 }, (_, index) => candidate(`k${index}`));
  for (const one of list.slice(0, 200)) one.endpoint.load.begin();
  const tier = tierUnder(leastLoad, list);
  const { random } = fakeRuntime({ seed: 1 });
  const idle = new Set(list.slice(200));
  let toIdle = 0;
  for (let turn = 0; turn < 2_000; turn++) {
    const pick = takeNow(tier, {}, { random });
    if (pick !== undefined && idle.has(pick)) toIdle++;
  }
  // Four draws all fall into the busy half once in sixteen times.
  assert.ok(toIdle > 1_820, `${toIdle} of 2,000`);
});
