import assert from "node:assert/strict";
import OpenAI, { APIError } from "openai";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { CHAT_EVENTS, eventStream, type Step } from "../../support/fake_upstream_script.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";

/** Runs `body` with the official SDK, unmodified, against a gateway in front of an upstream that sends `pieces`. */
async function withStream(
  pieces: readonly string[],
  then: readonly Step[],
  body: (client: OpenAI, gateway: TestGateway) => Promise<void>,
): Promise<void> {
  await using upstream = await fakeUpstream(eventStream(pieces, then));
  const pools = [{ name: "p", provider: "openai_compatible", upstreams: [upstream.url], models: ["m"] }];
  await using gateway = await startGateway({ config: { pools } });
  const client = new OpenAI({
    apiKey: gateway.key,
    baseURL: `${gateway.url}/v1`,
    maxRetries: 0,
    logLevel: "off",
  });
  await body(client, gateway);
}

const half = CHAT_EVENTS[2]?.slice(0, 60) ?? "";

function raised(error: unknown): boolean {
  assert.ok(error instanceof APIError, String(error));
  assert.equal(error.code, "upstream_truncated");
  return true;
}

Deno.test("chat: the SDK raises a typed error where an upstream is cut inside an event, after all that was whole", async () => {
  // The cut event came in the same piece as a whole one, and in a piece of its own.
  for (
    const pieces of [[CHAT_EVENTS[0] ?? "", `${CHAT_EVENTS[1]}${half}`], [...CHAT_EVENTS.slice(0, 2), half]]
  ) {
    await withStream(pieces, [{ do: "close" }], async (client) => {
      let text = "";
      await assert.rejects(async () => {
        const stream = await client.chat.completions.create({ model: "m", messages: [], stream: true });
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      }, raised);
      assert.equal(text, "Hello");
    });
  }
});

Deno.test("responses: the SDK raises a typed error where an upstream is cut inside an event", async () => {
  const delta = (text: string) => {
    const event = {
      type: "response.output_text.delta",
      "item_id": "i",
      "output_index": 0,
      "content_index": 0,
      delta: text,
    };
    return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  };
  await withStream([delta("Hel"), delta("lo").slice(0, 70)], [{ do: "close" }], async (client) => {
    let text = "";
    await assert.rejects(async () => {
      const stream = await client.responses.create({ model: "m", input: "Hi", stream: true });
      for await (const event of stream) if (event.type === "response.output_text.delta") text += event.delta;
    }, raised);
    assert.equal(text, "Hel");
  });
});

Deno.test("a whole event does not wait for the end of the one behind it", async () => {
  const go = Promise.withResolvers<void>();
  const rest = eventStream([`${CHAT_EVENTS[2]?.slice(60)}`, ...CHAT_EVENTS.slice(3)]).steps.slice(1);
  await withStream(
    [CHAT_EVENTS[0] ?? "", `${CHAT_EVENTS[1]}${half}`],
    [{ do: "wait", until: go.promise }, ...rest],
    async (client) => {
      let text = "";
      const stream = await client.chat.completions.create({ model: "m", messages: [], stream: true });
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        // The upstream goes on only when its first word has arrived here.
        if (text === "Hello") go.resolve();
      }
      assert.equal(text, "Hello world");
    },
  );
});
