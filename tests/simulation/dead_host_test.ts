import assert from "node:assert/strict";
import { boundless, hostOf, keysOf, openScene } from "./open_scene.ts";
import type { Outage } from "./vendors/network.ts";
import { simulate } from "./world/seeds.ts";
import { printTable } from "./world/table.ts";

const DOWN = { fromMs: 60_000, untilMs: 240_000 };

/** The longest a host that is back may have to wait for its first request. */
const RETURN_MS = 90_000;

for (const kind of ["refuse", "error"] as const) {
  simulate(
    `a pool with half of its hosts down (${kind}) serves everybody, spares the others, and takes them back`,
    async (seed) => {
      const outage: Outage = { ...DOWN, kind };
      const { network, world, send } = await openScene(
        seed,
        (chance) => [
          hostOf("a", keysOf(boundless("a"), 4), chance, [outage]),
          hostOf("b", keysOf(boundless("b"), 4), chance),
        ],
        (hosts) => ({
          pools: [{
            provider: "openai",
            models: ["m"],
            upstreams: hosts.map(({ origin, vendor }) => ({ url: origin, keys: [...vendor.keys.keys()] })),
          }],
        }),
      );
      const innocent = new Set(
        world.invariants.endpoints.filter(({ upstream }) => upstream.url.includes("//b."))
          .flatMap(({ id, scopes }) => [...Object.values(scopes), id]),
      );
      const wronged = new Set<string>();
      const { answered } = network;
      network.answered = (call) => {
        answered(call);
        for (const { scope, state } of world.health.marks()) {
          if (innocent.has(scope.split("/")[0] ?? "")) wronged.add(`${scope} ${state}`);
        }
      };

      const failures = await send({ requests: 16_000, perSecond: 40, streamedShare: 0.5 });

      const atDead = network.calls.filter(({ origin }) => origin === "http://a.test");
      const wasted = atDead.filter(({ status }) => status !== 200);
      const back = atDead.find(({ startMs }) => startMs >= DOWN.untilMs);
      const backMs = (back?.startMs ?? Infinity) - DOWN.untilMs;
      const late = network.calls.filter(({ startMs }) => startMs > DOWN.untilMs + RETURN_MS);
      const share = late.filter(({ origin }) => origin === "http://a.test").length / late.length;
      printTable(`seed ${seed}: half of the hosts down for 180 s (${kind})`, [{
        "client failures": failures.length,
        "calls wasted on them": wasted.length,
        "back after, s": (backMs / 1000).toFixed(1),
        "their share afterwards": share.toFixed(3),
      }]);
      assert.equal(failures.length, 0);
      assert.deepEqual([...wronged], []);
      // A hundredth of the 7,200 requests of the outage; without ejection it would be half of them.
      assert.ok(wasted.length > 0 && wasted.length <= 72, `${wasted.length} calls wasted`);
      assert.ok(backMs <= RETURN_MS, `back after ${backMs} ms`);
      assert.ok(share > 0.45 && share < 0.55, `a share of ${share} afterwards`);
    },
  );
}
