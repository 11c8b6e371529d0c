import assert from "node:assert/strict";
import { chatLoad } from "../../support/chat_load.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { FAULTS } from "../../support/fake_upstream_script.ts";
import { askAdmin } from "../../support/keys/ask_admin.ts";
import { loopStalls, quantile } from "../../support/keys/loop_stalls.ts";
import { at, startGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const KEYS = 10_000;

/** The bars on two idle cores (clients and upstream share the process), and what a machine that does other work is given. */
const LONGEST_MS = Deno.env.get("TIDEGATE_PROVE") === "1" ? 2_000 : 20_000;
const LONGEST_STALL_MS = Deno.env.get("TIDEGATE_PROVE") === "1" ? 50 : 250;

const keysText = (prefix: string) =>
  Array.from({ length: KEYS }, (_, number) => `sk-proj-${prefix}-0123456789abcdefghij-${number}`).join("\n");

Deno.test("10,000 keys are imported in one call while streams go on, and served from at once", async (t) => {
  await using upstream = await fakeUpstream(FAULTS.okStream);
  upstream.script = ({ headers }) => headers["accept"] === "text/event-stream" ? FAULTS.okStream : FAULTS.ok;
  await using gateway = await startGateway({
    config: {
      records: { enabled: false },
      pools: [{
        name: "p",
        provider: "openai_compatible",
        upstreams: [upstream.url],
        keys: ["sk-of-the-config-file-1"],
        models: ["m"],
      }],
    },
  });
  const load = chatLoad({ url: gateway.url, key: gateway.key, model: "m" }, 2);
  for (const prefix of ["first", "second"]) {
    const served = load.good.length;
    await until(() => load.good.length > served + 20, "the load goes on");
    const stalls = loopStalls();
    const beganMs = performance.now();
    const { status, json } = await askAdmin(gateway, "POST", "/admin/pools/p/keys", keysText(prefix));
    const tookMs = performance.now() - beganMs;
    const late = await stalls.stop();
    assert.equal(status, 200);
    assert.deepEqual([at(json, "added"), at(json, "duplicate"), at(json, "saved")], [KEYS, 0, true]);
    const p99Ms = quantile(late, 0.99);
    const told = `${Math.round(tookMs)} ms; stalls: p99 ${p99Ms.toFixed(1)} ms, longest ${
      late.at(-1)?.toFixed(1)
    } ms`;
    await t.step(`${prefix} ${KEYS}: ${told}`, () => {
      assert.ok(tookMs < LONGEST_MS, told);
      assert.ok(p99Ms < LONGEST_STALL_MS, told);
    });
  }
  const { deliveries } = upstream;
  const before = deliveries.length;
  await until(() => deliveries.length > before + 50, "the load goes on");
  await load.stop();
  assert.deepEqual(load.bad, [], "no stream was harmed");
  const fresh = deliveries.slice(before).filter(({ headers }) =>
    headers["authorization"]?.includes("sk-proj-")
  );
  assert.ok(fresh.length > 0, "new keys serve");
  assert.equal(gateway.server.gateway.generation.endpoints.size, 2 * KEYS + 1);
});
