import assert from "node:assert/strict";
import { boundless, hostOf, keysOf, openScene } from "./open_scene.ts";
import type { QuotaGroup } from "./vendors/vendor.ts";
import { simulate } from "./world/seeds.ts";

const CLOSED = { fromMs: 31_000, untilMs: 61_000 };

simulate("a limit on our address, told to each of 1,000 keys, switches none of them off", async (seed) => {
  const limited: QuotaGroup = { ...boundless("all"), telling: "honest", closed: CLOSED };
  const { network, world, send } = await openScene(
    seed,
    (chance) => [hostOf("vendor", keysOf(limited, 1_000), chance)],
    ([host]) => ({
      pools: [{
        provider: "openai",
        upstreams: [host?.origin],
        models: ["m"],
        keys: [...host?.vendor.keys.keys() ?? []],
      }],
    }),
  );
  const failures = await send({ requests: 5_000, perSecond: 50, streamedShare: 0.5 });
  assert.ok(failures.length > 0, "the limit was never met");
  assert.ok(failures.every(({ status }) => status === 429), "a status that misleads");
  assert.ok(
    failures.every(({ endMs }) => endMs < CLOSED.untilMs + 2_000),
    "keys stay away after the limit's end",
  );
  assert.deepEqual([...world.health.marks()], []);
  const later = network.calls.filter(({ startMs }) => startMs > CLOSED.untilMs + 2_000);
  assert.ok(new Set(later.map(({ secret }) => secret)).size > 500, "only a few keys are used afterwards");
});
