import assert from "node:assert/strict";
import { askChat } from "../../support/ask_chat.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, errorAnswer, FAULTS } from "../../support/fake_upstream_script.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const ask = ({ url, key }: TestGateway) => askChat({ url, key, model: "m", stream: false });

Deno.test("a relay's spent quota under a text that reads like a rate limit rests its key for an hour, not for seconds", async () => {
  const saturated = { message: "当前分组上游负载已饱和，请稍后再试 (额度不足)", type: "new_api_error" };
  await using relay = await fakeUpstream(({ headers }) =>
    headers["authorization"] === "Bearer sk-one" ? errorAnswer(429, saturated) : FAULTS.ok
  );
  await using gateway = await startGateway({
    config: {
      pools: [{
        provider: "openai",
        upstreams: [relay.url],
        keys: ["sk-one", "sk-two"],
        models: ["m"],
        errors: ["new_api"],
      }],
    },
  });
  for (let time = 0; time < 4; time++) assert.equal((await ask(gateway)).status, 200);
  const { health } = gateway.server;
  const marks = [...health.marks()];
  assert.deepEqual(marks.map(({ state, reason }) => `${state} ${reason}`), ["cooldown http_429"]);
  assert.equal(
    relay.deliveries.filter(({ headers }) => headers["authorization"] === "Bearer sk-one").length,
    1,
  );
  const classes = (await gateway.records()).flatMap((record) =>
    [0, 1].map((index) => at(record, `attempts.${index}.outcome.class`))
  );
  assert.ok(classes.includes("quota_spent"), JSON.stringify(classes));
});

Deno.test("an ejected upstream that a probe finds well is back within seconds, not after its hour", async () => {
  await using bad = await fakeUpstream(({ target }) =>
    target.endsWith("/models") ? answer("{}") : errorAnswer(500, {})
  );
  await using good = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: {
      pools: [{
        provider: "openai",
        upstreams: [bad.url, good.url],
        keys: ["sk-one"],
        models: ["m"],
        health: { consecutive: 2, eject: { base: "1h", max: "2h" } },
        probe: { mode: "active", every: "1s" },
      }],
    },
  });
  const { health } = gateway.server;
  const isOut = () => [...health.marks()].some(({ state }) => state === "ejected");
  await until(async () => {
    await ask(gateway);
    return isOut();
  }, "the bad upstream is ejected");
  assert.equal(bad.deliveries.some(({ target }) => target.endsWith("/models")), false);
  bad.script = ({ target }) => target.endsWith("/models") ? answer("{}") : FAULTS.ok;
  await until(() => !isOut(), "a probe made its trial due");
  const before = bad.deliveries.length;
  await until(async () => {
    assert.equal((await ask(gateway)).status, 200);
    return bad.deliveries.length > before;
  }, "a request tried it");
  assert.equal(
    bad.deliveries.find(({ target }) => target.endsWith("/models"))?.headers["authorization"],
    "Bearer sk-one",
  );
});
