import assert from "node:assert/strict";
import { join } from "node:path";
import { askChat } from "../support/ask_chat.ts";
import { fakeUpstream } from "../support/fake_upstream.ts";
import { answer, errorAnswer, FAULTS } from "../support/fake_upstream_script.ts";
import { startGateway, type TestGateway } from "../support/start_gateway.ts";
import { until } from "../support/until.ts";

const UPSTREAM_KEY = "sk-CANARY-upstream-0000000000";
const HOOK_PATH = "/hook/CANARY-0123456789";

function configOf(upstream: string, alerts: object, more: object = {}) {
  return {
    pools: [{
      ...{
        name: "p",
        provider: "openai_compatible",
        upstreams: [upstream],
        keys: [UPSTREAM_KEY],
        models: ["m"],
      },
      retry: { wait: "0s", attempts: 1 },
      ...more,
    }],
    alerts,
  };
}

const ask = (gateway: TestGateway) =>
  askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false });

Deno.test("each kind of webhook and the file get an alert in their own form, without any secret", async () => {
  await using upstream = await fakeUpstream(errorAnswer(401, {
    message: `Incorrect API key provided: ${UPSTREAM_KEY}`,
    code: "invalid_api_key",
  }));
  await using hook = await fakeUpstream(answer('{"code":0,"errcode":0}'));
  const types = ["json", "feishu", "dingtalk", "wecom", "slack"];
  const webhooks = types.map((type) => ({ type, url: `${hook.url}${HOOK_PATH}/${type}` }));
  await using gateway = await startGateway({ config: configOf(upstream.url, { webhooks }) });
  assert.equal((await ask(gateway)).status, 502);
  await until(
    () => hook.deliveries.filter(({ text }) => text !== "").length === 2 * types.length,
    "all are told",
  );
  const bodies = new Map(
    hook.deliveries.map((
      { target, text },
    ) => [`${target.split("/").at(-1)} ${/key_invalid|all_down/.exec(text)}`, text]),
  );
  const told = (type: string) => JSON.parse(bodies.get(`${type} key_invalid`) ?? "");
  const { id, time, text, ...rest } = told("json");
  assert.deepEqual(rest, { kind: "key_invalid", pool: "p", count: 1 });
  assert.match(`${id} ${time}`, /^[0-9a-f-]{36} \d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
  assert.match(
    text,
    /^Key [a-z2-7]{6} of pool p is refused by 127\.0\.0\.1:\d+ \(\w+\) and gets no requests/,
  );
  const shown = `[Tidegate] key_invalid: ${text}`;
  assert.deepEqual(told("feishu"), { "msg_type": "text", content: { text: shown } });
  assert.deepEqual(told("dingtalk"), { msgtype: "text", text: { content: shown } });
  assert.deepEqual(told("wecom"), { msgtype: "text", text: { content: shown } });
  assert.deepEqual(told("slack"), { text: shown });
  assert.match(
    JSON.parse(bodies.get("json all_down") ?? "").text,
    /^No endpoint of pool p could answer 1 request; the last got upstream_auth/,
  );
  const file = join(gateway.dataDir, "logs", "alerts.jsonl");
  await until(async () => (await Deno.readTextFile(file)).split("\n").length === 3, "the file is written");
  assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  const kept = (await Deno.readTextFile(file)).split("\n").slice(0, 2).map((line) => JSON.parse(line));
  assert.deepEqual(kept.find((alert) => alert.kind === "key_invalid"), told("json"));
  const records = JSON.stringify(await gateway.records());
  for (const said of [...bodies.values(), gateway.logText(), JSON.stringify(kept), records]) {
    assert.doesNotMatch(said, /CANARY/);
  }
});

Deno.test("a webhook that hangs or refuses delays no request, and the end of the gateway neither", async () => {
  await using upstream = await fakeUpstream(FAULTS.html502);
  await using silent = await fakeUpstream(FAULTS.silent);
  await using broken = await fakeUpstream(answer("", { status: 500 }));
  const webhooks = [silent, broken].map(({ url }) => ({ type: "json", url: `${url}${HOOK_PATH}` }));
  const gateway = await startGateway({
    config: configOf(upstream.url, { webhooks, threshold: 1, cooldown: "1s" }),
  });
  for (let i = 0; i < 20; i++) assert.equal((await ask(gateway)).status, 502);
  await until(() => silent.deliveries.length === 1 && broken.deliveries.length >= 1, "both are called");
  // The first call still hangs, and every request was answered all the same.
  assert.equal(silent.deliveries[0]?.isClosed, false);
  await gateway[Symbol.asyncDispose]();
  await silent.deliveries[0]?.closed;
});

Deno.test("the threshold counts what upstreams did wrong, and nothing that clients did", async () => {
  await using upstream = await fakeUpstream((_, index) =>
    index < 10 ? errorAnswer(400, { type: "invalid_request_error" }) : FAULTS.resetBeforeHead
  );
  await using hook = await fakeUpstream(answer("{}"));
  const webhooks = [{ type: "json", url: `${hook.url}${HOOK_PATH}` }];
  await using gateway = await startGateway({ config: configOf(upstream.url, { webhooks, threshold: 3 }) });
  const alerts = () => hook.deliveries.filter(({ text }) => text !== "").map(({ text }) => JSON.parse(text));
  for (let i = 0; i < 10; i++) assert.equal((await ask(gateway)).status, 400);
  assert.deepEqual(alerts(), []);
  while (upstream.deliveries.length < 13) await ask(gateway);
  await until(() => alerts().length === 2, "the broken upstream is told");
  const byKind = new Map(alerts().map((alert) => [alert.kind, alert.text]));
  assert.match(byKind.get("pool_errors"), /^3 attempts at pool p failed .* \(broken\/reset_before_head\)/);
  assert.match(
    byKind.get("all_down"),
    /^No endpoint of pool p could answer 1 request; the last got upstream_error/,
  );
});

Deno.test("a reload brings webhooks into force and tells of one that is refused", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using hook = await fakeUpstream(answer("{}"));
  await using gateway = await startGateway({ config: configOf(upstream.url, {}), asFile: true });
  const config = configOf(upstream.url, { webhooks: [{ type: "json", url: `${hook.url}${HOOK_PATH}` }] });
  await Deno.writeTextFile(gateway.configFile, JSON.stringify(config));
  await gateway.server.reload();
  await Deno.writeTextFile(gateway.configFile, JSON.stringify({ ...config, lisen: "0.0.0.0:1" }));
  await gateway.server.reload();
  await until(() => hook.deliveries[0]?.text !== undefined && hook.deliveries[0].text !== "", "it is told");
  const alert = JSON.parse(hook.deliveries[0]?.text ?? "");
  assert.deepEqual([alert.kind, alert.pool], ["config_refused", null]);
  assert.match(alert.text, /stays in force\.\n.*lisen: unknown member; did you mean "listen"\?/);
  assert.doesNotMatch(gateway.logText(), /CANARY/);
});
