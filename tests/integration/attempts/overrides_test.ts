import assert from "node:assert/strict";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { CHAT_EVENTS, eventStream, FAULTS } from "../../support/fake_upstream_script.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";

const KEY = "sk-tg-web-0123456789abcdef";

const BODY = { model: "m", messages: [{ role: "user", content: "Hi" }] };

async function ask(gateway: TestGateway, headers: Record<string, string>, stream = false) {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ ...BODY, stream }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

function tenant(overrides?: readonly string[]) {
  return { name: "web", keys: [KEY], debug: true, ...(overrides === undefined ? {} : { overrides }) };
}

const pool = (name: string, url: string, models: readonly string[]) => ({
  name,
  provider: "openai_compatible",
  upstreams: [url],
  models,
});

Deno.test("x-tidegate-deadline ends a request that is still waiting, blames no endpoint and is not sent on", async () => {
  await using upstream = await fakeUpstream([FAULTS.silent, FAULTS.silent, FAULTS.ok]);
  await using gateway = await startGateway({
    config: { tenants: [tenant()], pools: [pool("p", upstream.url, ["m"])] },
  });
  for (const stream of [false, true]) {
    const { status, text, headers } = await ask(gateway, { "x-tidegate-deadline": "150ms" }, stream);
    assert.equal(status, 504);
    assert.equal(JSON.parse(text).error.code, "deadline_exceeded");
    assert.equal(headers.get("x-should-retry"), "false");
  }
  assert.equal((await ask(gateway, {})).status, 200);
  assert.ok(upstream.deliveries.every((delivery) => !("x-tidegate-deadline" in delivery.headers)));
  const [first] = await gateway.records();
  assert.equal(at(first, "error"), "deadline_exceeded");
  assert.equal(at(first, "decision.stopped"), "deadline");
  assert.equal(at(first, "attempts.0.outcome.class"), "client_gone");
});

Deno.test("x-tidegate-deadline in the middle of a stream is an error inside it", async () => {
  await using upstream = await fakeUpstream(eventStream(CHAT_EVENTS.slice(0, 2), [{ do: "stall" }]));
  await using gateway = await startGateway({
    config: { tenants: [tenant()], pools: [pool("p", upstream.url, ["m"])] },
  });
  const { status, text } = await ask(gateway, { "x-tidegate-deadline": "300ms" }, true);
  assert.equal(status, 200);
  assert.ok(text.startsWith(CHAT_EVENTS.slice(0, 2).join("")));
  assert.match(text, /"deadline_exceeded"/);
  assert.doesNotMatch(text, /\[DONE\]/);
  const [record] = await gateway.records();
  assert.equal(at(record, "outcome"), "truncated");
});

Deno.test("x-tidegate-pool leaves only that pool, under the model name that the route has for it", async () => {
  await using first = await fakeUpstream(FAULTS.ok);
  await using second = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: {
      tenants: [tenant(["pool"])],
      pools: [
        pool("one", first.url, ["x"]),
        pool("two", second.url, ["y"]),
        pool("three", second.url, ["z"]),
      ],
      routes: [{ model: "m", to: [["one/x"], ["two/y"]] }],
    },
  });
  assert.equal((await ask(gateway, {})).status, 200);
  const { status, headers } = await ask(gateway, { "x-tidegate-pool": "two" });
  assert.equal(status, 200);
  assert.match(headers.get("x-tidegate-upstream") ?? "", /pool=two/);
  assert.equal(JSON.parse(second.deliveries[0]?.text ?? "").model, "y");
  assert.deepEqual([first.deliveries.length, second.deliveries.length], [1, 1]);
  for (const unfit of ["three", "none"]) {
    const refused = await ask(gateway, { "x-tidegate-pool": unfit });
    assert.deepEqual([refused.status, JSON.parse(refused.text).error.code], [400, "invalid_header"]);
  }
});

Deno.test("x-tidegate-record: off leaves no record of that request alone", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: { tenants: [tenant(["record"])], pools: [pool("p", upstream.url, ["m"])] },
  });
  assert.equal((await ask(gateway, { "x-tidegate-record": "off" })).status, 200);
  assert.equal((await ask(gateway, {})).status, 200);
  assert.equal((await gateway.records()).length, 1);
});

Deno.test("without a grant a tenant may set a deadline and nothing else", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: { tenants: [tenant()], pools: [pool("p", upstream.url, ["m"])] },
  });
  assert.equal((await ask(gateway, { "x-tidegate-deadline": "30s" })).status, 200);
  const others: Record<string, string>[] = [{ "x-tidegate-pool": "p" }, { "x-tidegate-record": "off" }];
  for (const header of others) {
    const { status, text } = await ask(gateway, header);
    assert.deepEqual([status, JSON.parse(text).error.code], [403, "header_not_allowed"]);
  }
  assert.equal(upstream.deliveries.length, 1);
});
