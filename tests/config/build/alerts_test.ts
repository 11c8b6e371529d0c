import assert from "node:assert/strict";
import { alertPolicy } from "../../../src/config/alert_policy.ts";
import { diffConfigs } from "../../../src/config/diff.ts";
import { effectiveValues } from "../../../src/config/effective.ts";
import { errorOf, loadText, problemsOf } from "../load_text.ts";

const POOL = '"pools": [{ "name": "a", "provider": "openai", "keys": ["k"], "alerts": { "window": "5m" } }]';
const HOOK = "https://open.feishu.cn/open-apis/bot/v2/hook/CANARY-0000";

Deno.test("alerts: without a word, they are kept, counted by the defaults, and sent to nobody", () => {
  const { config } = loadText("{}");
  assert.deepEqual([config.alerts.file, config.alerts.webhooks], [true, []]);
  assert.deepEqual(alertPolicy(config), { threshold: 10, windowMs: 60_000, cooldownMs: 300_000 });
});

Deno.test("alerts: a pool's own numbers go before the file's, those before the defaults", () => {
  const { config } = loadText(`{ "alerts": { "threshold": 0, "window": "10s" }, ${POOL} }`);
  assert.deepEqual(alertPolicy(config, config.pools[0]), {
    threshold: 0,
    windowMs: 300_000,
    cooldownMs: 300_000,
  });
});

Deno.test("alerts: a webhook's address is a secret: literal, of the environment, of a file; a missing one is off", () => {
  const hooks = ["env:HOOK", "file:hooks.txt", HOOK, "env:NOT_SET"].map((url) => ({ type: "slack", url }));
  const { config, missing } = loadText(JSON.stringify({ alerts: { webhooks: hooks } }), {
    env: { HOOK: "https://h.example/1" },
    files: { "/etc/tidegate/hooks.txt": "https://h.example/2\nhttp://h.example/3\n" },
  });
  assert.deepEqual(
    config.alerts.webhooks.map(({ type, url }) => `${type} ${url.reveal()}`),
    ["slack https://h.example/1", "slack https://h.example/2", "slack http://h.example/3", `slack ${HOOK}`],
  );
  assert.deepEqual(missing.map(({ path, reference }) => [path, reference]), [
    ["alerts.webhooks[3].url", "env:NOT_SET"],
  ]);
});

Deno.test("alerts: what cannot be is told by its place, also beside other mistakes", () => {
  assert.deepEqual(
    problemsOf(`{
      "alerts": { "cooldwn": "1s", "webhooks": [{ "type": "feshu", "url": "env:X" }] },
      "listen": 1
    }`),
    [
      '2:19 alerts.cooldwn: unknown member; did you mean "cooldown"?',
      '2:59 alerts.webhooks[0].type: must be one of "dingtalk", "feishu", "json", "slack", "wecom"; did you mean "feishu"?',
      '3:17 listen: must be "HOST:PORT"',
    ],
  );
  const url = (text: string) =>
    problemsOf(`{ "alerts": { "webhooks": [{ "type": "json", "url": "${text}" }] } }`);
  for (const text of ["hooks.example/1", "ftp://h.example/1"]) {
    assert.deepEqual(url(text), [
      "1:53 alerts.webhooks[0].url: leads to no address that begins with https:// or http://",
    ]);
  }
});

Deno.test("alerts: an address is shown by no error, no effective value and no difference", () => {
  const config = (more: string) =>
    `{ "alerts": { "webhooks": [{ "type": "feishu", "url": "${HOOK}" }] ${more} }, ${POOL} }`;
  const errors = [
    errorOf(config(', "fil": 1')).message,
    errorOf(`{ "alerts": { "webhooks": ["${HOOK}"] } }`).message,
    errorOf(`{ "alerts": { "webhoks": [{ "type": "feishu", "url": "${HOOK}" }] } }`).message,
    errorOf(`{ "alerts": { "webhooks": [{ "type": "${HOOK}", "url": 1 }] } }`).message,
  ];
  const loaded = loadText(config(""));
  const differences = diffConfigs(loadText("{}").config, loaded.config);
  assert.deepEqual(differences.filter((line) => line.startsWith("alerts")), [
    "alerts.webhooks: URLs +1",
    'alerts.webhooks [] → ["feishu"]',
  ]);
  assert.doesNotMatch(JSON.stringify([errors, differences, effectiveValues(loaded)]), /CANARY|open-apis/);
});

Deno.test("alerts: every value in force tells where it comes from", () => {
  const rows = effectiveValues(loadText(`{ "alerts": { "cooldown": "1h" },\n${POOL} }`));
  const at = (scope: string, name: string) => {
    const row = rows.find((one) => one.scope === scope && one.name === `alerts.${name}`);
    return [row?.value, row?.source];
  };
  assert.deepEqual(at("gateway", "window"), ["1m", "default"]);
  assert.deepEqual(at("pool a", "window"), ["5m", "pools[0].alerts.window"]);
  assert.deepEqual(at("pool a", "cooldown"), ["1h", "alerts.cooldown"]);
  assert.deepEqual(at("gateway", "webhooks"), ["none", "default"]);
});
