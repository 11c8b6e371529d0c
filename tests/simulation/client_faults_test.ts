import assert from "node:assert/strict";
import { boundless, hostOf, keysOf, openScene } from "./open_scene.ts";
import type { ClientFault } from "./vendors/simulated_request.ts";
import { simulate } from "./world/seeds.ts";
import { sendTraffic } from "./world/traffic.ts";

const FAULTS: Readonly<Record<ClientFault, number>> = {
  "bad_request": 400,
  "not_found": 404,
  "too_large": 413,
  "unprocessable": 422,
  "context_length": 400,
};
const KINDS = Object.entries(FAULTS);
const REQUESTS = 10_000;

simulate(
  "10,000 mistakes of clients change nothing about any key, group, model or upstream",
  async (seed) => {
    const { time, chance, network, world } = await openScene(
      seed,
      (its) => [hostOf("vendor", keysOf(boundless("one"), 8), its)],
      ([host]) => ({
        pools: [{
          provider: "openai",
          upstreams: [host?.origin],
          models: ["m"],
          keys: [...host?.vendor.keys.keys() ?? []],
        }],
      }),
    );
    const candidates = world.invariants.endpoints.map((endpoint) => ({
      endpoint,
      weight: 1,
      model: undefined,
    }));
    const known = () =>
      candidates.map((candidate) => [
        candidate.endpoint.load.trust,
        world.quota.rate(candidate, "m"),
        world.quota.headroom(candidate, "m", time.nowMs),
        world.quota.shortage(candidate, "m", { requests: 1, inputTokens: 1, outputTokens: 1 }, time.nowMs),
      ]);
    const before = known();
    const seen = new Map<number, number>();
    await sendTraffic(
      time,
      chance,
      { requests: REQUESTS, perSecond: 50, streamedShare: 0.5 },
      async (request) => {
        const [fault, status] = KINDS[request.id % KINDS.length] ?? ["bad_request", 400];
        // The names come from the table above.
        const view = await world.ask({ ...request, fault: fault as ClientFault });
        assert.equal(view.status, status, fault);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        assert.deepEqual([...world.health.marks()], []);
      },
    );
    world.invariants.settled();
    assert.deepEqual(known(), before);
    assert.deepEqual(world.quota.groups(), []);
    assert.equal(network.calls.length, REQUESTS, "a client's mistake was tried again");
    assert.deepEqual([...seen].sort(), [[400, 4_000], [404, 2_000], [413, 2_000], [422, 2_000]]);
    const served = [...world.gateway.generation.endpoints.values()].map(({ load }) => load.started);
    assert.ok(Math.max(...served) - Math.min(...served) <= 1, `not shared evenly any more: ${served}`);
  },
);
