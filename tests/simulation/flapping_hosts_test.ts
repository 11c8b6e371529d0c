import assert from "node:assert/strict";
import { boundless, hostOf, keysOf, openScene } from "./open_scene.ts";
import type { Outage } from "./vendors/network.ts";
import type { Chance } from "./world/chance.ts";
import { simulate } from "./world/seeds.ts";
import { perRequest, printTable } from "./world/table.ts";

const REQUESTS = 8_000;
const PER_SECOND = 40;
const MEAN_UP_MS = 2_000;
const MEAN_DOWN_MS = 6_000;

/** Outages of a host that comes and goes as long as the traffic lasts. */
function comingAndGoing(chance: Chance): Outage[] {
  const outages: Outage[] = [];
  for (let ms = 0; ms < 1.2 * REQUESTS / PER_SECOND * 1000;) {
    const fromMs = ms + chance.exponential(MEAN_UP_MS);
    const untilMs = fromMs + chance.exponential(MEAN_DOWN_MS);
    outages.push({ fromMs, untilMs, kind: chance.oneOf(["refuse", "error"]) });
    ms = untilMs;
  }
  return outages;
}

simulate("nine of ten hosts come and go, and no client notices", async (seed) => {
  const keys = keysOf(boundless("one"), 2);
  const { network, send } = await openScene(
    seed,
    (chance) =>
      Array.from(
        { length: 10 },
        (_, index) => hostOf(`h${index}`, keys, chance, index === 0 ? [] : comingAndGoing(chance)),
      ),
    (hosts) => ({
      pools: [{
        provider: "openai",
        models: ["m"],
        upstreams: hosts.map(({ origin }) => origin),
        keys: keys.map(({ secret }) => secret),
      }],
    }),
  );
  const failures = await send({ requests: REQUESTS, perSecond: PER_SECOND, streamedShare: 0.5 });
  printTable(`seed ${seed}: nine of ten hosts up 2 s and down 6 s`, [{
    "client failures": failures.length,
    "calls a request": perRequest(network.calls.length, REQUESTS),
    "calls that failed": network.calls.filter(({ status }) => status !== 200).length,
  }]);
  assert.equal(failures.length, 0);
});
