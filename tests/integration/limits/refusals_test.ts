import assert from "node:assert/strict";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";

const KEY = "sk-tenant-key-of-web-000";

/** A gateway with one simulated vendor and one tenant of these limits. */
function limitedGateway(tenant: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return startGateway({
    config: {
      tenants: [{ name: "web", keys: [KEY], ...tenant }],
      pools: [{ provider: "simulated", upstreams: ["simulated://vendor"], models: ["m", "other"] }],
      ...more,
    },
  });
}

const CLIENTS = {
  openai: {
    path: "/v1/chat/completions",
    body: { model: "m", messages: [{ role: "user", content: "Hi" }], max_tokens: 20 },
  },
  responses: { path: "/v1/responses", body: { model: "m", input: "Hi", max_output_tokens: 20 } },
  anthropic: {
    path: "/v1/messages",
    body: { model: "m", messages: [{ role: "user", content: "Hi" }], max_tokens: 20 },
  },
  gemini: {
    path: "/v1beta/models/m:generateContent",
    body: { contents: [{ parts: [{ text: "Hi" }] }], generationConfig: { maxOutputTokens: 20 } },
  },
} as const;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function ask(
  gateway: TestGateway,
  client: keyof typeof CLIENTS = "openai",
  { key = KEY, more = {} }: { key?: string; more?: Record<string, unknown> } = {},
): Promise<Answer> {
  const { path, body } = CLIENTS[client];
  const response = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ ...body, ...more }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

Deno.test("what is over a limit is told in the client's own format, with a true time to come back", async () => {
  await using gateway = await limitedGateway({ limits: { requestsPerMinute: 1 } });
  assert.equal((await ask(gateway)).status, 200);
  const told = {
    openai: "error.code",
    responses: "error.code",
    anthropic: "error.details.error_code",
    gemini: "error.details.0.reason",
  } as const;
  for (const [client, place] of Object.entries(told)) {
    const { status, headers, body } = await ask(gateway, client as keyof typeof told); // the keys of `told`
    assert.equal(status, 429, client);
    assert.equal(at(body, place), "rate_limited", client);
    assert.match(String(at(body, "error.message")), /your limit of 1 requests a minute/);
    const seconds = Number(headers.get("retry-after"));
    assert.ok(seconds >= 50 && seconds <= 60, `${client}: ${seconds}`);
    assert.equal(headers.get("x-should-retry"), null);
    assert.equal(headers.get("x-ratelimit-remaining-requests"), "0");
  }
  const upstream = (await gateway.records()).slice(1).flatMap((record) => at(record, "attempts"));
  assert.deepEqual(upstream, [], "no upstream was asked");
});

Deno.test("every answer of a limited tenant tells what is left, and no other's does", async () => {
  await using gateway = await limitedGateway({
    limits: { requestsPerMinute: 10, tokensPerMinute: 10_000, legacyHeaders: true },
  });
  const { headers } = await ask(gateway, "anthropic");
  assert.equal(headers.get("x-ratelimit-limit-requests"), "10");
  assert.equal(headers.get("x-ratelimit-remaining-requests"), "9");
  assert.match(headers.get("x-ratelimit-reset-requests") ?? "", /^(1m)?[\d.]+s$/);
  assert.equal(headers.get("x-ratelimit-limit-tokens"), "10000");
  assert.equal(headers.get("anthropic-ratelimit-requests-remaining"), "9");
  assert.match(headers.get("anthropic-ratelimit-tokens-reset") ?? "", /^\d{4}-\d\d-\d\dT/);
  assert.equal(headers.get("x-ratelimit-limit"), "10");
  const unknown = await ask(gateway, "openai", { more: { model: "nobody-has-it" } });
  assert.equal(unknown.status, 404);
  assert.equal(unknown.headers.get("x-ratelimit-limit"), null, "refused before its limits were asked");
  await using free = await limitedGateway({});
  assert.equal((await ask(free)).headers.get("x-ratelimit-limit-requests"), null);
});

Deno.test("limits of a model and of a key hold beside the tenant's own", async () => {
  const other = "sk-tenant-key-of-web-111";
  await using gateway = await limitedGateway({
    keys: [KEY, { key: other, name: "app", limits: { requestsPerMinute: 2 } }],
    limits: { requestsPerMinute: 10, models: { "oth*": { requestsPerMinute: 1 } } },
  });
  const model = { more: { model: "other" } };
  assert.equal((await ask(gateway, "openai", model)).status, 200);
  const refused = await ask(gateway, "openai", model);
  assert.equal(refused.status, 429);
  assert.match(String(at(refused.body, "error.message")), /for oth\*/);
  assert.equal((await ask(gateway)).status, 200, "another model has room");
  for (let sent = 0; sent < 2; sent++) {
    assert.equal((await ask(gateway, "openai", { key: other })).status, 200);
  }
  const ofKey = await ask(gateway, "openai", { key: other });
  assert.equal(ofKey.status, 429);
  assert.match(String(at(ofKey.body, "error.message")), /your key's limit of 2/);
  assert.equal((await ask(gateway)).status, 200, "the tenant's other key has room");
});

Deno.test("tokens are settled by what the vendor reports", async () => {
  await using gateway = await limitedGateway({ limits: { tokensPerMinute: 3_000 } });
  for (let sent = 0; sent < 5; sent++) {
    // Each is taken for some 2,020 tokens before, and costs far fewer.
    assert.equal((await ask(gateway, "openai", { more: { max_tokens: 2_000 } })).status, 200, String(sent));
    await gateway.records();
  }
});

Deno.test("whoever asks again at once is not refused for what the answer before gave back", async () => {
  await using gateway = await limitedGateway({ limits: { tokensPerMinute: 3_000 } });
  for (let sent = 0; sent < 30; sent++) {
    assert.equal((await ask(gateway, "openai", { more: { max_tokens: 2_000 } })).status, 200, String(sent));
  }
});

Deno.test("a budget without a price refuses the model, in words and for good", async () => {
  await using gateway = await limitedGateway({ limits: { budget: { usd: 5, per: "month" } } }, {
    // Nobody lists what models cost there, and nothing is sent there.
    pools: [{ provider: "openai", upstreams: ["http://127.0.0.1:9/v1"], models: ["m"] }],
  });
  const { status, headers, body } = await ask(gateway);
  assert.equal(status, 403);
  assert.equal(at(body, "error.code"), "model_unpriced");
  assert.equal(headers.get("x-should-retry"), "false");
});

Deno.test("a budget pays what answers really cost, whether or not they are recorded, and then nothing more", async () => {
  const dollarsAMillion = 1_000;
  await using gateway = await limitedGateway({ limits: { budget: { usd: 0.2, per: "month" } } }, {
    prices: { m: { input: dollarsAMillion, output: dollarsAMillion } },
    records: { enabled: false },
  });
  let costUsd = 0;
  let served = 0;
  let refused: Answer | undefined;
  for (let asked = 0; refused === undefined && asked < 1_000; asked++) {
    const answer = await ask(gateway);
    if (answer.status === 200) {
      served++;
      costUsd += Number(at(answer.body, "usage.total_tokens")) * dollarsAMillion / 1e6;
    } else if (!/reserved/.test(String(at(answer.body, "error.message")))) {
      // What an answer cost is known some milliseconds after it; until then its estimate is reserved.
      refused = answer;
    }
  }
  assert.equal(at(refused?.body, "error.code"), "budget_exceeded");
  // Each is taken for more than 0.025 before: seven would be all if that had stood.
  assert.ok(served >= 8, `${served} served`);
  assert.ok(costUsd <= 0.2, `${costUsd} spent`);
});

Deno.test("a request over the concurrency waits in its tenant's queue, and is refused at once without one", async () => {
  const slow = {
    pools: [{ provider: "simulated", upstreams: ["simulated://vendor?latency=200ms"], models: ["m"] }],
  };
  await using refusing = await limitedGateway({ limits: { concurrency: 1 } }, slow);
  const both = await Promise.all([ask(refusing), ask(refusing)]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 429]);
  const refused = both.find(({ status }) => status === 429);
  assert.equal(at(refused?.body, "error.code"), "concurrency_limited");
  await using queueing = await limitedGateway({
    limits: { concurrency: 1 },
    queue: { max: 2, wait: "10s" },
  }, slow);
  const four = await Promise.all(Array.from({ length: 4 }, () => ask(queueing)));
  assert.deepEqual(four.map(({ status }) => status).sort(), [200, 200, 200, 429]);
});

Deno.test("a thousand clients at once get as many answers as the limit says", async () => {
  await using gateway = await limitedGateway({ limits: { requestsPerMinute: 100 } });
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => ask(gateway)));
  const served = answers.filter(({ status }) => status === 200).length;
  assert.equal(served, 100);
  assert.ok(answers.every(({ status }) => status === 200 || status === 429));
});

Deno.test("a limit outlives a restart", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    const config = {
      tenants: [{ name: "web", keys: [KEY], limits: { requestsPerMinute: 3, requestsPerDay: 10 } }],
      pools: [{ provider: "simulated", upstreams: ["simulated://vendor"], models: ["m"] }],
    };
    await using first = await startGateway({ config, dataDir });
    for (let sent = 0; sent < 3; sent++) assert.equal((await ask(first)).status, 200);
    await first[Symbol.asyncDispose]();
    await using second = await startGateway({ config, dataDir });
    assert.equal((await ask(second)).status, 429);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("wrong keys are slowed down by address, and a right key from there is let in", async () => {
  await using gateway = await limitedGateway({});
  const wrong = { key: "sk-nobody-knows-this-000" };
  for (let sent = 0; sent < 20; sent++) assert.equal((await ask(gateway, "openai", wrong)).status, 401);
  const slowed = await ask(gateway, "openai", wrong);
  assert.equal(slowed.status, 429);
  assert.ok(Number(slowed.headers.get("retry-after")) > 0);
  assert.equal((await ask(gateway)).status, 200);
});

Deno.test("how full limits are can be asked, and money be forgotten, by whoever runs the gateway", async () => {
  await using gateway = await limitedGateway({ limits: { requestsPerMinute: 10, budget: { usd: 5 } } });
  await ask(gateway);
  const token = (await Deno.readTextFile(`${gateway.dataDir}/admin.token`)).trim();
  const admin = async (method: string, path: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${gateway.url}/admin/tenants/web/${path}`, { method, headers });
    return { status: response.status, body: await response.json() };
  };
  const { body } = await admin("GET", "limits");
  assert.deepEqual(at(body, "limits.0.scope"), "tenant/web");
  assert.deepEqual(at(body, "limits.0.max"), 10);
  assert.deepEqual((await admin("POST", "budget/reset")).body, { reset: 1 });
});

Deno.test("a reload changes a limit for the next request and keeps what was counted", async () => {
  const config = (requestsPerMinute: number) => ({
    tenants: [{ name: "web", keys: [KEY], limits: { requestsPerMinute } }],
    pools: [{ provider: "simulated", upstreams: ["simulated://vendor"], models: ["m"] }],
  });
  await using gateway = await startGateway({ config: config(2), asFile: true });
  const statuses: number[] = [];
  for (let sent = 0; sent < 3; sent++) statuses.push((await ask(gateway)).status);
  await Deno.writeTextFile(gateway.configFile, JSON.stringify(config(3)));
  await gateway.server.reload();
  for (let sent = 0; sent < 2; sent++) statuses.push((await ask(gateway)).status);
  assert.deepEqual(statuses, [200, 200, 429, 200, 429]);
});
