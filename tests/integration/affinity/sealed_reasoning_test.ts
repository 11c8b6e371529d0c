import assert from "node:assert/strict";
import { answer, errorAnswer, eventStream, type Fault } from "../../support/fake_upstream_script.ts";
import { type Delivery, type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";

const KEYS = Array.from({ length: 5 }, (_, index) => `sk-upstream-key-${index}`);

const keyOf = ({ headers }: Delivery) => headers["authorization"]?.replace("Bearer ", "") ?? "";

/** A vendor whose reasoning items open only under the key that they were written under. */
function vendor(delivery: Delivery): Fault {
  // The body is there when the steps are taken, not yet when they are asked for.
  return {
    get steps() {
      return answerTo(delivery).steps;
    },
  };
}

function answerTo(delivery: Delivery): Fault {
  const key = keyOf(delivery);
  const { input, stream } = JSON.parse(delivery.text);
  for (const item of input) {
    if (item.type === "reasoning" && !item.encrypted_content.startsWith(`${key} `)) {
      return errorAnswer(400, {
        message: "The encrypted content could not be verified.",
        type: "invalid_request_error",
        code: "invalid_encrypted_content",
      });
    }
  }
  const reasoning = {
    type: "reasoning",
    id: "rs_1",
    summary: [],
    ["encrypted_content"]: `${key} ${crypto.randomUUID().repeat(10)}`,
  };
  const message = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    content: [{ type: "output_text", text: "Hi" }],
  };
  const response = {
    id: "resp_1",
    object: "response",
    status: "completed",
    model: "m",
    output: [reasoning, message],
  };
  if (stream !== true) return answer(JSON.stringify(response));
  const events = [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    { type: "response.output_item.done", ["output_index"]: 0, item: reasoning },
    { type: "response.output_text.delta", ["output_index"]: 1, delta: "Hi" },
    { type: "response.completed", response },
  ];
  return eventStream(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
}

function startIn(upstream: FakeUpstream, keys: readonly string[], asFile = false): Promise<TestGateway> {
  return startGateway({ config: configOf(upstream, keys), asFile });
}

function configOf(upstream: FakeUpstream, keys: readonly string[]) {
  return {
    pools: [{
      provider: "openai_compatible",
      upstreams: [upstream.url],
      keys,
      models: ["m"],
      affinity: "off",
    }],
  };
}

async function respond(
  gateway: TestGateway,
  input: readonly unknown[],
  stream: boolean,
): Promise<{ status: number; output: unknown[]; text: string }> {
  const response = await fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "m",
      stream,
      store: false,
      include: ["reasoning.encrypted_content"],
      input,
    }),
  });
  const text = await response.text();
  const data = stream ? text.split("\n").findLast((line) => line.startsWith("data: "))?.slice(6) : text;
  const parsed = JSON.parse(data ?? "null");
  return { status: response.status, output: (parsed.response ?? parsed).output ?? [], text };
}

for (const stream of [false, true]) {
  Deno.test(`encrypted reasoning goes back to the key that wrote it (${stream ? "streamed" : "whole"})`, async () => {
    await using upstream = await fakeUpstream(vendor);
    await using gateway = await startIn(upstream, KEYS);
    let input: unknown[] = [{ role: "user", content: "First?" }];
    for (let turn = 0; turn < 6; turn++) {
      const { status, output, text } = await respond(gateway, input, stream);
      assert.equal(status, 200, text);
      assert.equal(output.length, 2);
      input = [...input, ...output, { role: "user", content: `And then, ${turn}?` }];
    }
    assert.equal(new Set(upstream.deliveries.map(keyOf)).size, 1);
    assert.equal(upstream.deliveries.length, 6);
  });
}

Deno.test("when the key that wrote it is gone, another is asked and the vendor's refusal is told", async () => {
  await using upstream = await fakeUpstream(vendor);
  await using gateway = await startIn(upstream, KEYS, true);
  const first = await respond(gateway, [{ role: "user", content: "First?" }], false);
  const issuer = upstream.deliveries.map(keyOf)[0] ?? "";
  const others = KEYS.filter((key) => key !== issuer);
  await Deno.writeTextFile(gateway.configFile, JSON.stringify(configOf(upstream, others)));
  await gateway.server.reload();
  const next = await respond(gateway, [...first.output, { role: "user", content: "And then?" }], false);
  assert.equal(next.status, 400);
  assert.match(next.text, /invalid_encrypted_content/);
  assert.equal(upstream.deliveries.length, 2);
});
