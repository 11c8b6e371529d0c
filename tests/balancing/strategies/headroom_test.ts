import assert from "node:assert/strict";
import { NO_QUOTA, type QuotaView } from "../../../src/balancing/quota/quota_view.ts";
import { headroom } from "../../../src/balancing/strategies/headroom.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { candidate, takeNow, tierUnder } from "../fixtures.ts";

Deno.test("the one with most of its limit left is preferred, however busy it is", () => {
  const [full, spent] = [candidate("full"), candidate("spent")];
  full.endpoint.load.content(9_000, 0);
  const quota: QuotaView = { ...NO_QUOTA, headroom: (one) => one === full ? 0.9 : 0.2 };
  const { random } = fakeRuntime({ seed: 1 });
  const tier = tierUnder(headroom, [spent, full]);
  let toFull = 0;
  for (let turn = 0; turn < 1_000; turn++) if (takeNow(tier, {}, { quota, random }) === full) toFull++;
  assert.ok(toFull >= 980, `${toFull} of 1,000`);
});

Deno.test("of equals, within what counters lag behind, the fastest is preferred", () => {
  const [slow, fast] = [candidate("slow"), candidate("fast")];
  slow.endpoint.load.content(4_000, 0);
  fast.endpoint.load.content(200, 0);
  const quota: QuotaView = { ...NO_QUOTA, headroom: (one) => one === slow ? 0.54 : 0.5 };
  const { random } = fakeRuntime({ seed: 1 });
  const tier = tierUnder(headroom, [slow, fast]);
  let toFast = 0;
  for (let turn = 0; turn < 1_000; turn++) if (takeNow(tier, {}, { quota, random }) === fast) toFast++;
  assert.ok(toFast >= 980, `${toFast} of 1,000`);
});

Deno.test("the share left is that of the model the upstream is asked for", () => {
  const own = candidate("own", { model: "theirs" });
  const asked = new Set<string | undefined>();
  const quota: QuotaView = {
    ...NO_QUOTA,
    headroom(_one, model) {
      asked.add(model);
      return 1;
    },
  };
  takeNow(tierUnder(headroom, [own, candidate("plain")]), { model: "ours" }, {
    quota,
    random: fakeRuntime({ seed: 3 }).random,
  });
  assert.deepEqual([...asked].sort(), ["ours", "theirs"]);
});
