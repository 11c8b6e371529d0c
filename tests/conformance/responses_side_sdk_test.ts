import assert from "node:assert/strict";
import OpenAI from "openai";
import type { ChatEvent } from "../../src/core/chat.ts";
import { responsesSide } from "../../src/formats/openai/responses/responses_side.ts";
import {
  answerContext,
  eventsOf,
  fixtureNames,
  jsonFixture,
  plain,
  readRequest,
  streamFixture,
  streamOf,
} from "../support/translation/responses.ts";

const ASKED = {
  ...readRequest({ model: "gpt-5", input: "Brest?" }),
  tools: readRequest(jsonFixture("codex")).tools,
};

/** The real SDK over bytes that never saw a socket. */
function sdkOver(body: BodyInit, contentType: string): OpenAI {
  return new OpenAI({
    apiKey: "sk-test",
    maxRetries: 0,
    logLevel: "off",
    fetch: () => Promise.resolve(new Response(body, { headers: { "content-type": contentType } })),
  });
}

/** What the SDK adds of its own. */
const SDK_MEMBERS = new Set(["output_text", "output_parsed", "parsed", "parsed_arguments", "_request_id"]);

function withoutSdkMembers(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, member) => SDK_MEMBERS.has(name) ? undefined : member));
}

/** Two calls whose arguments interleave, with thoughts before and text between. */
const INTERLEAVED: readonly ChatEvent[] = [
  { kind: "start", id: "x", model: "y" },
  { kind: "reasoning", choice: 0, text: "So " },
  { kind: "reasoning", choice: 0, text: "then." },
  { kind: "reasoning_end", choice: 0, signature: { format: "anthropic_messages", value: "sig" } },
  { kind: "text", choice: 0, text: "Looking 🌊" },
  { kind: "logprobs", choice: 0, tokens: [{ token: "Looking", logprob: -0.1, top: [] }] },
  { kind: "tool_start", choice: 0, call: 0, id: "call_a", name: "exec_command" },
  { kind: "tool_arguments", choice: 0, call: 0, text: '{"cmd":' },
  { kind: "tool_start", choice: 0, call: 1, id: "call_b", name: "mcp__tides__list_ports" },
  { kind: "tool_arguments", choice: 0, call: 0, text: '"ls"}' },
  { kind: "tool_end", choice: 0, call: 0 },
  { kind: "text", choice: 0, text: "And" },
  { kind: "refusal", choice: 0, text: "No more." },
  { kind: "tool_end", choice: 0, call: 1 },
  { kind: "tool_start", choice: 0, call: 2, id: "call_c", name: "apply_patch", custom: true },
  { kind: "tool_arguments", choice: 0, call: 2, text: "*** Begin" },
  { kind: "finish", choice: 0, finish: "tool_calls" },
  { kind: "usage", usage: { inputTokens: 3, outputTokens: 4 } },
  { kind: "end" },
];

const STREAMS: readonly (readonly [name: string, bytes: Uint8Array<ArrayBuffer>])[] = [
  ...fixtureNames("streams").map((name) =>
    [name, new Uint8Array(streamOf(eventsOf(streamFixture(name)), ASKED))] as const
  ),
  ["interleaved calls", new Uint8Array(streamOf(INTERLEAVED, ASKED))],
];

for (const [name, bytes] of STREAMS) {
  Deno.test(`the official SDK puts our stream together as we tell it at the end: ${name}`, async () => {
    const client = sdkOver(bytes, "text/event-stream");
    let last: unknown;
    const stream = client.responses.stream({ model: "gpt-5", input: "Brest?" });
    for await (const event of stream) if ("response" in event) last = event.response;
    const final = withoutSdkMembers(await stream.finalResponse());
    assert.deepEqual(final, withoutSdkMembers(last));
  });

  Deno.test(`the items told one by one to the official SDK are those of the end: ${name}`, async () => {
    const client = sdkOver(bytes, "text/event-stream");
    const items: unknown[] = [];
    let output: unknown;
    for await (const event of await client.responses.create({ model: "m", input: "a", stream: true })) {
      if (event.type === "response.output_item.done") items[event.output_index] = event.item;
      if (event.type === "response.completed" || event.type === "response.incomplete") {
        output = event.response.output;
      }
    }
    assert.deepEqual(items, output);
  });
}

Deno.test("the official SDK finds text and calls in a whole answer", async () => {
  for (const name of fixtureNames("answers")) {
    const answer = responsesSide.readAnswer(jsonFixture(`answers/${name}`));
    const written = responsesSide.writeAnswer(answer, answerContext(ASKED));
    const client = sdkOver(JSON.stringify(written), "application/json");
    const response = await client.responses.create({ model: "m", input: "a" });
    const text = answer.choices[0]?.parts.map((part) => part.kind === "text" ? part.text : "").join("");
    assert.equal(response.output_text, text, name);
    assert.deepEqual(withoutSdkMembers(response), plain(written), name);
  }
});
