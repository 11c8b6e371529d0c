import assert from "node:assert/strict";
import { type Delivery, fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, CHAT_ANSWER, errorAnswer, FAULTS } from "../../support/fake_upstream_script.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { testProxy } from "../../support/wire/test_proxy.ts";
import { testSocksProxy } from "../../support/wire/test_socks_proxy.ts";
import { TEST_CA, tlsDoor } from "../../support/wire/tls_door.ts";
import { until } from "../../support/until.ts";

const UPSTREAM_KEY = "sk-edits-upstream-key";

type Members = Readonly<Record<string, unknown>>;

/** A gateway with one pool at `url`, called `p`, that lists the models `m` and `n`. */
function gatewayAt(url: string, pool: Members, top: Members = {}): Promise<TestGateway> {
  const own = {
    name: "p",
    provider: "openai_compatible",
    upstreams: [url],
    keys: [UPSTREAM_KEY],
    models: ["m", "n"],
  };
  return startGateway({ config: { pools: [{ ...own, ...pool }], ...top } });
}

interface Question {
  readonly body?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(gateway: TestGateway, { body, path, headers }: Question = {}): Promise<Response> {
  const answered = await fetch(`${gateway.url}${path ?? "/v1/chat/completions"}`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json", ...headers },
    body: body ?? '{"model":"m","messages":[]}',
  });
  await answered.text();
  return answered;
}

const last = (deliveries: readonly Delivery[]) => deliveries.at(-1) ?? assert.fail("nothing was sent");

Deno.test("parameters are set, given and taken by splicing, the pool's first and the route's over them", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await gatewayAt(upstream.url, {
    parameters: [
      { set: { "metadata.team": "pool", "x-vendor": true }, delete: ["logit_bias"] },
      { default: { temperature: 0.5 }, models: ["other"] },
      { default: { temperature: 0.25 }, models: ["up*"], formats: ["openai_chat"] },
      { set: { wrong: 1 }, formats: ["openai_embeddings"] },
    ],
  }, {
    routes: [{ model: "auto", to: "p/upstream-model", parameters: { set: { "metadata.team": "route" } } }],
  });
  const body =
    '{ "model":"auto", "seed":12345678901234567890,"logit_bias":{"1":-1}, "top_p" : 1.0,"messages":[] }';
  await ask(gateway, { body });
  assert.equal(
    last(upstream.deliveries).text,
    '{ "model":"upstream-model", "seed":12345678901234567890, "top_p" : 1.0,"messages":[],' +
      '"metadata":{"team":"route"},"x-vendor":true,"temperature":0.25 }',
  );
  assert.equal(
    last(upstream.deliveries).headers["content-length"],
    String(last(upstream.deliveries).body.length),
  );
  await ask(gateway, { path: "/v1/embeddings", body: '{"model":"m","input":"x"}' });
  assert.match(last(upstream.deliveries).text, /"wrong":1/);
  await ask(gateway, { path: "/proxy/p/v1/chat/completions" });
  assert.match(last(upstream.deliveries).text, /"team":"pool"/, "the paths we know below /proxy too");
});

Deno.test("parameters leave alone what runs no model, and unknown paths below /proxy", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await gatewayAt(upstream.url, { parameters: { set: { "metadata.team": "x" } } });
  for (const path of ["/v1/batches", "/proxy/p/anything"]) {
    await ask(gateway, { path, body: '{"a":1}' });
    assert.equal(last(upstream.deliveries).text, '{"a":1}', path);
  }
});

Deno.test("an edit that leads into what is no JSON is the client's mistake, and nothing is sent", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await gatewayAt(upstream.url, { parameters: { set: { "metadata.team": "x" } } });
  const answered = await ask(gateway, { body: '{"model":"m","metadata":{"a" 1}}' });
  assert.equal(answered.status, 400);
  assert.equal(upstream.deliveries.length, 0);
});

Deno.test("header rules set and remove fields of requests and answers, by model, with variables, and never the credential", async () => {
  await using upstream = await fakeUpstream(
    answer(CHAT_ANSWER, {
      headers: { "x-vendor-node": "7", "x-kept": "1", "content-type": "application/json" },
    }),
  );
  await using gateway = await gatewayAt(upstream.url, {
    upstreams: [{ url: upstream.url, name: "u" }],
    headers: {
      request: [
        {
          set: { "X-Team": "${tenant}/${pool}/${upstream}", "x-real-ip": "${client.ip}" },
          remove: ["x-drop"],
        },
        { set: { "x-model": "${model}" }, models: ["n"] },
        { set: { "x-never": "1" }, formats: ["openai_embeddings"] },
      ],
      response: [{
        set: { "x-served-by": "${upstream} ${key.fingerprint} ${request.id}" },
        remove: ["x-vendor-node"],
      }],
    },
  }, { routes: [{ model: "r", to: "p/n", headers: { request: { set: { "x-team": "route" } } } }] });
  const answered = await ask(gateway, {
    headers: { "x-drop": "1", "x-team": "mine", "x-real-ip": "9.9.9.9" },
  });
  const { headers } = last(upstream.deliveries);
  assert.equal(headers["x-team"], "default/p/u");
  assert.equal(headers["x-real-ip"], "127.0.0.1");
  assert.equal(headers["authorization"], `Bearer ${UPSTREAM_KEY}`);
  for (const name of ["x-drop", "x-model", "x-never"]) assert.equal(headers[name], undefined, name);
  assert.equal(answered.headers.get("x-vendor-node"), null);
  assert.equal(answered.headers.get("x-kept"), "1");
  const id = answered.headers.get("x-request-id");
  assert.match(answered.headers.get("x-served-by") ?? "", new RegExp(`^u [a-z2-7]{6} ${id}$`));
  await ask(gateway, { body: '{"model":"r","messages":[]}' });
  assert.equal(last(upstream.deliveries).headers["x-model"], "n");
  assert.equal(last(upstream.deliveries).headers["x-team"], "route");
});

Deno.test("response rules are for refusals that are passed on too, and for streams", async () => {
  await using upstream = await fakeUpstream([
    errorAnswer(400, { message: "no" }),
    FAULTS.okStream,
  ]);
  await using gateway = await gatewayAt(upstream.url, {
    headers: { response: { set: { "x-pool": "${pool}" }, remove: ["content-language"] } },
  });
  const refused = await ask(gateway);
  assert.equal(refused.status, 400);
  assert.equal(refused.headers.get("x-pool"), "p");
  const streamed = await ask(gateway, { body: '{"model":"m","stream":true,"messages":[]}' });
  assert.equal(streamed.headers.get("x-pool"), "p");
  assert.equal(streamed.headers.get("x-accel-buffering"), "no");
});

Deno.test("organization and project are the pool's, the upstream's or the key's, never the client's", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await gatewayAt(upstream.url, {
    organization: "org-pool",
    upstreams: [{ url: upstream.url, project: "proj-upstream" }],
    keys: [UPSTREAM_KEY, { key: `${UPSTREAM_KEY}-2`, organization: "org-key" }],
    affinity: "off",
  });
  const sent = new Set<string>();
  for (let call = 0; call < 4; call++) {
    await ask(gateway, { headers: { "openai-organization": "org-client" } });
    const { headers } = last(upstream.deliveries);
    sent.add(`${headers["authorization"]} ${headers["openai-organization"]} ${headers["openai-project"]}`);
  }
  assert.deepEqual([...sent].sort(), [
    `Bearer ${UPSTREAM_KEY} org-pool proj-upstream`,
    `Bearer ${UPSTREAM_KEY}-2 org-key proj-upstream`,
  ]);
});

// undici's clock for connect timeouts runs for a second after a connection through a proxy, into the tests after this one.
const sharedClock = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "a key's proxy goes before its pool's, and a password appears in no log line and no record",
  sharedClock,
  async () => {
    await using upstream = await fakeUpstream(FAULTS.ok);
    await using door = await tlsDoor(upstream.url);
    await using http = await testProxy({ "vendor.test": door.port });
    await using socks = await testSocksProxy({ "vendor.test": door.port }, "user:sesame-sesame");
    const directory = await Deno.makeTempDir();
    await Deno.writeTextFile(`${directory}/ca.pem`, TEST_CA);
    try {
      await using gateway = await gatewayAt("https://vendor.test/v1", {
        proxy: "web",
        tls: { ca: `file:${directory}/ca.pem` },
        keys: [UPSTREAM_KEY, { key: `${UPSTREAM_KEY}-2`, proxy: "tor" }],
        affinity: "off",
      }, {
        proxies: { web: `http://${http.authority}`, tor: `socks5://user:sesame-sesame@${socks.authority}` },
        logs: { level: "debug" },
      });
      const statuses: number[] = [];
      for (let call = 0; call < 4; call++) statuses.push((await ask(gateway)).status);
      assert.deepEqual(statuses, [200, 200, 200, 200]);
      assert.equal(http.seen.length, 1);
      assert.equal(socks.tunnels.length, 1);
      assert.equal(upstream.deliveries.length, 4);
      const said = gateway.logText() + JSON.stringify(await gateway.records());
      assert.doesNotMatch(said, /sesame/);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

Deno.test("a pool whose proxy is missing sends nothing straight", sharedClock, async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await gatewayAt(upstream.url, { proxy: "eu" }, { proxies: { eu: "env:NOT_THERE" } });
  assert.equal((await ask(gateway)).status, 503);
  assert.equal(upstream.deliveries.length, 0);
});

Deno.test("probes carry the pool's headers and account", sharedClock, async () => {
  await using upstream = await fakeUpstream((delivery) =>
    delivery.method === "GET" ? answer("{}") : errorAnswer(401, { code: "invalid_api_key" })
  );
  await using gateway = await gatewayAt(upstream.url, {
    organization: "org-pool",
    probe: { mode: "active", every: "1s" },
    headers: {
      request: [
        { set: { "x-pool": "${pool}", "x-who": "${client.ip}${tenant}" } },
        { set: { "x-chat": "1" }, formats: ["openai_chat"] },
      ],
    },
  });
  await ask(gateway);
  await until(() => upstream.deliveries.some(({ method }) => method === "GET"), "it was probed");
  const { headers } = upstream.deliveries.find(({ method }) => method === "GET") ?? assert.fail();
  assert.equal(headers["x-pool"], "p");
  assert.equal(headers["openai-organization"], "org-pool");
  assert.equal(headers["x-who"], undefined, "there is no client");
  assert.equal(headers["x-chat"], undefined);
  assert.equal(headers["authorization"], `Bearer ${UPSTREAM_KEY}`);
});

Deno.test("state is found again whatever the edits: endpoint ids do not hang on them", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using plain = await gatewayAt(upstream.url, {});
  const idsOf = (gateway: TestGateway) => [...gateway.server.gateway.generation.endpoints.values()];
  const [before] = idsOf(plain);
  const dataDir = await Deno.makeTempDir();
  try {
    const pool = {
      name: "p",
      provider: "openai_compatible",
      upstreams: [upstream.url],
      keys: [UPSTREAM_KEY],
    };
    const edits = { organization: "o", parameters: { set: { a: 1 } }, proxy: "none" };
    await using one = await startGateway({ config: { pools: [pool] }, dataDir });
    const first = idsOf(one)[0]?.id;
    await one.server.close(1000);
    await using two = await startGateway({ config: { pools: [{ ...pool, ...edits }] }, dataDir });
    assert.equal(idsOf(two)[0]?.id, first);
    assert.ok(
      idsOf(two)[0]?.edits !== undefined && before?.edits === undefined && before?.link === undefined,
    );
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
