import assert from "node:assert/strict";
import { askChat } from "../support/ask_chat.ts";
import { fakeUpstream, refusedUrl } from "../support/fake_upstream.ts";
import { errorAnswer, FAULTS } from "../support/fake_upstream_script.ts";
import { rawClient } from "../support/raw_client.ts";
import { readyz } from "../support/readyz.ts";
import { startGateway, type TestGateway } from "../support/start_gateway.ts";
import { until } from "../support/until.ts";

const pool = (url: string, more: object = {}) => ({
  name: "p",
  provider: "openai_compatible",
  upstreams: [url],
  keys: ["an-upstream-key-of-the-test"],
  models: ["m"],
  ...more,
});

const ask = (gateway: TestGateway) =>
  askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false });

Deno.test("ready tells the generation, the pools, the state's store, and whether anything is simulated", async () => {
  await using gateway = await startGateway({ config: { pools: [pool("http://127.0.0.1:1")] } });
  assert.deepEqual(await readyz(gateway.url), {
    httpStatus: 200,
    status: "ready",
    generation: 1,
    pools: ["p"],
    endpoints: 1,
    usableEndpoint: true,
    draining: false,
    simulated: false,
    state: "deno_kv",
    missingSecrets: [],
    config: { upToDate: true },
  });
  const simulated = { provider: "simulated", upstreams: ["simulated://a"], models: ["m"] };
  await using demo = await startGateway({ config: { state: { store: "memory" }, pools: [simulated] } });
  const told = await readyz(demo.url);
  assert.deepEqual([told.simulated, told.state], [true, "memory"]);
});

Deno.test("without an endpoint that may be used it is not ready: none there, weight 0, a refused key", async () => {
  for (const pools of [[], [pool("http://127.0.0.1:1", { enabled: false })]]) {
    await using gateway = await startGateway({ config: { pools } });
    assert.equal((await readyz(gateway.url)).httpStatus, 503);
  }
  const idle = { upstreams: [{ url: "http://127.0.0.1:1", weight: 0 }] };
  await using weightless = await startGateway({ config: { pools: [pool("", idle)] } });
  assert.equal((await readyz(weightless.url)).httpStatus, 503);

  await using upstream = await fakeUpstream(errorAnswer(401, { code: "invalid_api_key" }));
  await using refused = await startGateway({ config: { pools: [pool(upstream.url)] } });
  assert.equal((await readyz(refused.url)).httpStatus, 200);
  await ask(refused);
  const { httpStatus, usableEndpoint } = await readyz(refused.url);
  assert.deepEqual([httpStatus, usableEndpoint], [503, false]);
});

Deno.test("an endpoint that is only ejected keeps it ready: it is asked when nobody better is left", async () => {
  await using gateway = await startGateway({ config: { pools: [pool(await refusedUrl())] } });
  for (let time = 0; time < 4; time++) await ask(gateway);
  assert.match(gateway.logText(), /Marked ejected/);
  assert.equal((await readyz(gateway.url)).httpStatus, 200);
});

Deno.test("while draining it is not ready, for who still has a connection", async () => {
  const hold = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream({
    steps: [{ do: "wait", until: hold.promise }, ...FAULTS.ok.steps],
  });
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] } });
  const client = await rawClient(gateway.server.address.port);
  // Half a request keeps the connection from being closed as idle.
  await client.send("GET /readyz HTTP/1.1\r\n");
  const answer = ask(gateway);
  await until(() => gateway.server.gateway.inFlight === 1, "a request is under way");
  const closing = gateway.server.close(10_000);
  await client.send("Host: a\r\n\r\n");
  await client.ended;
  assert.match(client.received, /^HTTP\/1\.1 503 [^]*"draining":true/);
  client.close();
  hold.resolve();
  assert.ok((await answer).ok);
  await closing;
});
