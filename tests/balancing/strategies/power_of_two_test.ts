import assert from "node:assert/strict";
import { powerOfTwo } from "../../../src/balancing/strategies/power_of_two.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { candidate, takeNow, tierUnder } from "../fixtures.ts";

Deno.test("of two the less loaded is taken every time", () => {
  const [busy, idle] = [candidate("busy"), candidate("idle")];
  busy.endpoint.load.begin();
  const tier = tierUnder(powerOfTwo, [busy, idle]);
  const { random } = fakeRuntime({ seed: 1 });
  let toIdle = 0;
  for (let turn = 0; turn < 1_000; turn++) if (takeNow(tier, {}, { random }) === idle) toIdle++;
  // Draws are a few, so that in rare cases all of them fall to the same one.
  assert.ok(toIdle >= 940, `${toIdle} of 1,000`);
});

Deno.test("the busiest of many is never taken while others are drawn beside it", () => {
  for (const size of [10, 400]) {
    const list = Array.from({ length: size }, (_, index) => candidate(`k${index}`));
    const busiest = list[size >> 1];
    for (let count = 0; count < 5; count++) busiest?.endpoint.load.begin();
    const tier = tierUnder(powerOfTwo, list);
    const { random } = fakeRuntime({ seed: 2 });
    let got = 0;
    for (let turn = 0; turn < 2_000; turn++) if (takeNow(tier, {}, { random }) === busiest) got++;
    assert.ok(got <= 2, `${size}: ${got} of 2,000`);
  }
});
