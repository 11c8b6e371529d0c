import assert from "node:assert/strict";
import { boundless, hostOf, keysOf, openScene } from "./open_scene.ts";
import type { QuotaGroup } from "./vendors/vendor.ts";
import { simulate } from "./world/seeds.ts";
import { printTable } from "./world/table.ts";

const CLOSED = { fromMs: 60_000, untilMs: 150_000 };

simulate(
  "a limit on ten keys of one declared group is carried by the others, marks no key, and ends at its reset",
  async (seed) => {
    const limited: QuotaGroup = { ...boundless("limited"), telling: "honest", closed: CLOSED };
    const groups = [limited, boundless("second"), boundless("third")];
    const { network, world, send } = await openScene(
      seed,
      (chance) => [hostOf("vendor", groups.flatMap((group) => keysOf(group, 10)), chance)],
      ([host]) => ({
        pools: [{
          provider: "openai",
          upstreams: [host?.origin],
          models: ["m"],
          keys: [...host?.vendor.keys.values() ?? []].map(({ secret, group }) => ({
            key: secret,
            quotaGroup: group.name,
          })),
        }],
      }),
    );
    const marked = new Set<string>();
    const { answered } = network;
    network.answered = (call) => {
      answered(call);
      for (const { scope } of world.health.marks()) marked.add(scope);
    };

    const failures = await send({ requests: 10_000, perSecond: 40, streamedShare: 0.5 });

    const ofLimited = network.calls.filter(({ secret }) => secret.includes("-limited-"));
    const refused = ofLimited.filter(({ status }) => status === 429);
    const back = ofLimited.find(({ startMs }) => startMs > CLOSED.untilMs - 1_000);
    const after = network.calls.filter(({ startMs }) => startMs > CLOSED.untilMs + 1_000);
    const share = after.filter(({ secret }) => secret.includes("-limited-")).length / after.length;
    printTable(`seed ${seed}: ten keys of one group closed for 90 s`, [{
      "client failures": failures.length,
      "refusals": refused.length,
      "back after the reset, ms": Math.round((back?.startMs ?? Infinity) - CLOSED.untilMs),
      "its share afterwards": share.toFixed(3),
    }]);
    assert.equal(failures.length, 0);
    assert.ok(refused.length > 0 && refused.length <= 10, `${refused.length} refusals`);
    assert.deepEqual([...marked].filter((scope) => !scope.startsWith("group:")), []);
    assert.ok(Math.abs((back?.startMs ?? Infinity) - CLOSED.untilMs) <= 1_000, `back at ${back?.startMs}`);
    assert.ok(share > 0.25, `a share of ${share} afterwards`);
  },
);
