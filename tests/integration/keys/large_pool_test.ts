import assert from "node:assert/strict";
import { askChat } from "../../support/ask_chat.ts";
import { chatLoad } from "../../support/chat_load.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { FAULTS } from "../../support/fake_upstream_script.ts";
import { askAdmin } from "../../support/keys/ask_admin.ts";
import { loopStalls, quantile } from "../../support/keys/loop_stalls.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const IS_PROOF = Deno.env.get("TIDEGATE_PROVE") === "1";
const KEYS = IS_PROOF ? 50_000 : 20_000;

/** The bars on two idle cores (clients and upstream share the process), and what a machine that does other work is given. */
const LONGEST_RELOAD_MS = IS_PROOF ? 1_000 : 10_000;
const LONGEST_STALL_MS = IS_PROOF ? 50 : 250;

/** Times the config changes; the median counts, since other work of the machine falls on one or another. */
const RELOADS = 3;

const keysOf = (count: number) =>
  Array.from({ length: count }, (_, number) => ({
    name: `key-${number}`,
    key: `sk-proj-0123456789abcdefghijklmnopqrstuvwxyz-${number}`,
    weight: 1 + number % 3,
  }));

const configOf = (url: string, keys: readonly object[], weight: number) =>
  JSON.stringify(
    {
      records: { enabled: false },
      pools: [{ name: "p", provider: "openai_compatible", upstreams: [url], weight, keys, models: ["m"] }],
    },
    null,
    1,
  );

/** Writes a config over the one that serves; resolves to the time until the new one does, and the stalls meanwhile. */
async function reload(gateway: TestGateway, text: string) {
  const { number } = gateway.server.gateway.generation;
  const stalls = loopStalls();
  const beganMs = performance.now();
  await Deno.writeTextFile(gateway.configFile, text);
  await until(() => gateway.server.gateway.generation.number > number, "the new config is in force");
  const tookMs = performance.now() - beganMs;
  const late = await stalls.stop();
  return { tookMs, p99Ms: quantile(late, 0.99), longestMs: late.at(-1) ?? 0 };
}

const told = ({ tookMs, p99Ms, longestMs }: Awaited<ReturnType<typeof reload>>) =>
  `${Math.round(tookMs)} ms with stalls of ${p99Ms.toFixed(1)} ms (p99), ${
    longestMs.toFixed(1)
  } ms (longest)`;

const median = (values: readonly number[]) => quantile(values.toSorted((a, b) => a - b), 0.5);

Deno.test(`a config of ${KEYS} keys is loaded anew while streams go on`, async (t) => {
  await using upstream = await fakeUpstream(FAULTS.okStream);
  upstream.script = ({ headers }) => headers["accept"] === "text/event-stream" ? FAULTS.okStream : FAULTS.ok;
  const keys = keysOf(KEYS);
  await using gateway = await startGateway({ config: configOf(upstream.url, keys, 1), asFile: true });
  const load = chatLoad({ url: gateway.url, key: gateway.key, model: "m" }, 1);
  await until(() => load.good.length > 20, "the load goes on");
  const texts = Array.from({ length: RELOADS }, (_, nth) => {
    // Another weight of the pool, and then another first key: little changes.
    const changed = nth === RELOADS - 1 ? [{ key: "sk-proj-one-more-key" }, ...keys.slice(1)] : keys;
    return configOf(upstream.url, changed, nth + 2);
  });
  const measured: Awaited<ReturnType<typeof reload>>[] = [];
  for (const text of texts) measured.push(await reload(gateway, text));
  await t.step(measured.map(told).join("; "), () => {
    assert.ok(median(measured.map(({ tookMs }) => tookMs)) < LONGEST_RELOAD_MS);
    assert.ok(median(measured.map(({ p99Ms }) => p99Ms)) < LONGEST_STALL_MS);
  });
  for (
    const path of ["/admin/status", "/admin/endpoints?limit=500", "/admin/pools", "/admin/keys?limit=500"]
  ) {
    const stalls = loopStalls();
    await askAdmin(gateway, "GET", path);
    const p99Ms = quantile(await stalls.stop(), 0.99);
    await t.step(`${path}: p99 ${p99Ms.toFixed(1)} ms`, () => assert.ok(p99Ms < LONGEST_STALL_MS));
  }
  await load.stop();
  assert.deepEqual(load.bad, [], "no stream was harmed");
  assert.equal(gateway.server.gateway.generation.endpoints.size, KEYS);
});

Deno.test("of the keys that a changed config keeps, the endpoints stay as they are", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const keys = keysOf(100);
  await using gateway = await startGateway({ config: configOf(upstream.url, keys, 1), asFile: true });
  const before = new Map(gateway.server.gateway.generation.endpoints);
  const [first, second, ...others] = keys;
  assert.ok(first && second);
  await reload(gateway, configOf(upstream.url, [{ ...first, weight: 9 }, ...others], 2));
  const { endpoints } = gateway.server.gateway.generation;
  assert.equal(endpoints.size, 99);
  const kept = [...endpoints.values()].filter((endpoint) => before.get(endpoint.id) === endpoint);
  assert.equal(kept.length, 98, "all but the one that went and the one that changed");
  const changed = [...endpoints.values()].find((endpoint) => !kept.includes(endpoint));
  assert.equal(changed?.weight, 9);
  assert.ok(changed !== undefined && before.has(changed.id), "with other settings it has the same id");
  assert.equal(
    (await askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false })).status,
    200,
  );
  assert.equal(at(await (await fetch(`${gateway.url}/readyz`)).json(), "config.upToDate"), true);
});
