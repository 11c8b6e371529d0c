import assert from "node:assert/strict";
import { boundless, hostOf, keysOf, openScene } from "./open_scene.ts";
import type { Outage } from "./vendors/network.ts";
import { simulate } from "./world/seeds.ts";
import { perRequest, printTable } from "./world/table.ts";

const DOWN = { fromMs: 61_000, untilMs: 121_000 };
const PER_SECOND = 40;

/** The longest that requests may fail for after everything is well again. */
const RECOVERY_MS = 5_000;

for (const kind of ["refuse", "error"] as const) {
  simulate(
    `when every host is down (${kind}) clients are told so, and served again within five seconds of its end`,
    async (seed) => {
      const outage: Outage = { ...DOWN, kind };
      const { network, world, send } = await openScene(
        seed,
        (chance) => ["a", "b", "c"].map((name) => hostOf(name, keysOf(boundless(name), 3), chance, [outage])),
        (hosts) => ({
          pools: [{
            provider: "openai",
            models: ["m"],
            upstreams: hosts.map(({ origin, vendor }) => ({ url: origin, keys: [...vendor.keys.keys()] })),
          }],
        }),
      );
      const failures = await send({ requests: 8_000, perSecond: PER_SECOND, streamedShare: 0.5 });

      const during = network.calls.filter(({ startMs }) => DOWN.fromMs <= startMs && startMs < DOWN.untilMs);
      const asked = PER_SECOND * (DOWN.untilMs - DOWN.fromMs) / 1000;
      const lateFailures = failures.filter(({ endMs }) => endMs > DOWN.untilMs + RECOVERY_MS);
      const lateMs = Math.max(...failures.map(({ endMs }) => endMs)) - DOWN.untilMs;
      printTable(`seed ${seed}: everything down for 60 s (${kind})`, [{
        "requests meanwhile": asked,
        "calls a request meanwhile": perRequest(during.length, asked),
        "client failures": failures.length,
        "last of them after the end, s": (lateMs / 1000).toFixed(1),
      }]);
      assert.equal(lateFailures.length, 0);
      // A fifth of the requests and ten a second are the retry budget; connections refused cost nobody anything.
      if (kind === "error") assert.ok(during.length <= 1.25 * asked + 10 * 60, `${during.length} calls`);
      assert.ok(
        failures.every(({ status }) => [429, 502, 503, 504].includes(status)),
        "a status that misleads",
      );
      assert.deepEqual([...world.health.marks()].filter(({ state }) => state === "invalid"), []);
    },
  );
}
