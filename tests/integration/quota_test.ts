import assert from "node:assert/strict";
import { at, startGateway, type TestGateway } from "../support/start_gateway.ts";

/** One chat request; its status and header fields, its body read to the end. */
async function ask(gateway: TestGateway, body: Record<string, unknown> = {}): Promise<Response> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "authorization": `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "m",
      messages: [{ role: "user", content: "Hi" }],
      max_tokens: 20,
      ...body,
    }),
  });
  await response.text();
  return response;
}

function pool(more: Record<string, unknown>) {
  return { provider: "simulated", models: ["m"], retry: { wait: "0s" }, ...more };
}

/** Classes of all attempts in the records. */
async function attemptClasses(gateway: TestGateway): Promise<unknown[]> {
  const records = await gateway.records();
  return records.flatMap((record) => {
    const attempts = at(record, "attempts");
    return Array.isArray(attempts) ? attempts.map((attempt) => at(attempt, "outcome.class")) : [];
  });
}

Deno.test("keys are used up to the limits their vendor tells, and hardly a call is wasted beyond", async () => {
  await using gateway = await startGateway({
    config: {
      pools: [pool({
        upstreams: ["simulated://vendor?rateLimit=60&latency=2ms"],
        keys: ["sk-one", "sk-two", "sk-three", "sk-four"],
      })],
    },
  });
  const statuses: number[] = [];
  for (let wave = 0; wave < 40; wave++) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(gateway)));
    statuses.push(...answers.map(({ status }) => status));
  }
  const served = statuses.filter((status) => status === 200).length;
  const classes = await attemptClasses(gateway);
  const refused = classes.filter((name) => name === "rate_limited").length;
  assert.ok(served >= 240, `${served} of the 240 that four keys allow at once`);
  assert.equal(statuses.length - served, statuses.filter((status) => status === 429).length);
  assert.ok(statuses.length - served > 100, "the rest was refused");
  assert.ok(refused <= 8, `${refused} calls were refused by the vendor`);
});

Deno.test("a declared limit is refused by us, before any call, with the time to come back", async () => {
  await using gateway = await startGateway({
    config: {
      pools: [pool({
        upstreams: ["simulated://vendor"],
        keys: [{ key: "sk-one", limits: { requestsPerMinute: 5 } }],
      })],
    },
  });
  for (let sent = 0; sent < 5; sent++) assert.equal((await ask(gateway)).status, 200);
  const answer = await ask(gateway);
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get("x-tidegate-attempts"), null);
  const last = (await gateway.records()).at(-1);
  assert.equal(at(last, "decision.excluded.no_headroom"), 1);
  const soonestMs = at(last, "decision.soonestMs");
  assert.ok(typeof soonestMs === "number" && soonestMs > 50_000 && soonestMs <= 61_000, String(soonestMs));
  assert.equal((await attemptClasses(gateway)).length, 5);
});

Deno.test("a declared token limit is settled by the usage that the answers report", async () => {
  await using gateway = await startGateway({
    config: {
      pools: [pool({
        upstreams: ["simulated://vendor"],
        keys: ["sk-one"],
        limits: { tokensPerMinute: 3_000 },
      })],
    },
  });
  const streamed = { stream: true, "stream_options": { include_usage: true } };
  // Each is taken for some 1,030 tokens before, and costs far fewer.
  for (let sent = 0; sent < 6; sent++) {
    assert.equal(
      (await ask(gateway, { max_tokens: 1_000, ...(sent % 2 === 0 ? streamed : {}) })).status,
      200,
      String(sent),
    );
    await gateway.records();
  }
});
