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
