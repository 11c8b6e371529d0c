import assert from "node:assert/strict";
import { ENFORCEMENTS, QuotaMeter } from "./quota_meter.ts";

Deno.test("every enforcement gives its limit a minute to whoever asks evenly, and little more to whoever asks without end", () => {
  for (const enforcement of ENFORCEMENTS) {
    const even = new QuotaMeter(enforcement, 60);
    for (let ms = 0; ms < 600_000; ms += 1_000) assert.equal(even.take(1, ms), 0, enforcement);
    const greedy = new QuotaMeter(enforcement, 60);
    let given = 0;
    for (let ms = 0; ms < 600_000; ms += 10) if (greedy.take(1, ms) === 0) given++;
    assert.ok(given <= 60 * 11, `${enforcement} gave ${given} in ten minutes`);
  }
});

Deno.test("a refusal tells when the next request will be given, and asking again before puts it off", () => {
  for (const enforcement of ENFORCEMENTS) {
    const meter = new QuotaMeter(enforcement, 60);
    let waitMs = 0;
    while (waitMs === 0) waitMs = meter.take(1, 0);
    assert.equal(meter.stateAt(0).remaining, 0);
    assert.equal(meter.take(1, waitMs + 0.001), 0, enforcement);
    if (enforcement === "window") continue;
    assert.ok(meter.take(1, waitMs + 500) > 0);
    assert.ok(meter.take(1, waitMs + 500 + waitMs / 2) > 0, `${enforcement} forgot the refusal`);
  }
});
