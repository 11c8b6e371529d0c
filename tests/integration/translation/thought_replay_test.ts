import assert from "node:assert/strict";
import { answer } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { at, startGateway } from "../../support/start_gateway.ts";

/** What a thinking DeepSeek answers that wants to call a tool. */
const CALL = answer(JSON.stringify({
  ...{ id: "c1", object: "chat.completion", created: 1, model: "m" },
  choices: [{
    index: 0,
    message: {
      role: "assistant",
      content: null,
      "reasoning_content": "I must look.",
      "tool_calls": [{
        id: "call_00_abcdef0123456789",
        type: "function",
        function: { name: "look", arguments: "{}" },
      }],
    },
    "finish_reason": "tool_calls",
  }],
}));

const SCHEMA = { type: "object", properties: {} };

/** Both turns of a conversation with a tool, as one SDK would send them. */
interface Talk {
  readonly client: string;
  readonly path: string;
  readonly first: object;
  /** The second request, made of the first answer. */
  readonly second: (answered: unknown) => object;
}

const ANTHROPIC = {
  model: "m",
  "max_tokens": 99,
  thinking: { type: "enabled", "budget_tokens": 1024 },
  tools: [{ name: "look", "input_schema": SCHEMA }],
};
const ASKED = { role: "user", content: "Hi" };
const TURN = { role: "user", parts: [{ text: "Hi" }] };
const GEMINI = { tools: [{ functionDeclarations: [{ name: "look" }] }] };

const TALKS: readonly Talk[] = [
  {
    client: "an Anthropic client that sends its thinking back",
    path: "/v1/messages",
    first: { ...ANTHROPIC, messages: [ASKED] },
    second: (answered) => ({
      ...ANTHROPIC,
      messages: [ASKED, { role: "assistant", content: at(answered, "content") }, {
        role: "user",
        content: [{ type: "tool_result", "tool_use_id": "call_00_abcdef0123456789", content: "ok" }],
      }],
    }),
  },
  {
    client: "a Gemini client that keeps no thoughts",
    path: "/v1beta/models/m:generateContent",
    first: { ...GEMINI, contents: [TURN] },
    second: () => ({
      ...GEMINI,
      contents: [
        TURN,
        {
          role: "model",
          parts: [{ functionCall: { id: "call_00_abcdef0123456789", name: "look", args: {} } }],
        },
        {
          role: "user",
          parts: [{ functionResponse: { id: "call_00_abcdef0123456789", name: "look", response: {} } }],
        },
      ],
    }),
  },
];

for (const { client, path, first, second } of TALKS) {
  Deno.test(`DeepSeek gets the thoughts back that it insists on: ${client}`, async () => {
    await using upstream = await fakeUpstream(CALL);
    await using gateway = await startGateway({
      config: { pools: [{ provider: "deepseek", upstreams: [upstream.url], keys: ["k-1"], models: ["m"] }] },
    });
    const ask = async (body: object): Promise<unknown> => {
      const response = await fetch(gateway.url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      return JSON.parse(text);
    };
    await ask(second(await ask(first)));
    const turns = at(JSON.parse(upstream.deliveries[1]?.text ?? "{}"), "messages");
    assert.ok(Array.isArray(turns));
    const ofModel: unknown = turns.find((turn) => at(turn, "role") === "assistant");
    assert.equal(at(ofModel, "reasoning_content"), "I must look.");
  });
}
