import assert from "node:assert/strict";
import { answer, eventStream, type Fault } from "../../support/fake_upstream_script.ts";
import { type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";

type Vendor = "openai_compatible" | "anthropic" | "gemini";

const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const message = (type: string, more: object) => `event: ${type}\n${event({ type, ...more })}`;

const MESSAGE_START = message("message_start", {
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    usage: { "input_tokens": 3 },
  },
});
const MESSAGE_TEXT =
  message("content_block_start", { index: 0, "content_block": { type: "text", text: "" } }) +
  message("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Half an ans" } });
const MESSAGE_END = message("content_block_stop", { index: 0 }) +
  message("message_delta", { delta: { "stop_reason": "end_turn" }, usage: { "output_tokens": 2 } }) +
  message("message_stop", {});

const candidate = (parts: object[], finishReason?: string) => ({
  candidates: [{ index: 0, content: { role: "model", parts }, ...(finishReason && { finishReason }) }],
  responseId: "r1",
});

/** What a vendor answers in good order. */
const GOOD: Readonly<Record<Vendor, Fault>> = {
  ["openai_compatible"]: answer(JSON.stringify({
    ...{ id: "c1", object: "chat.completion", created: 1, model: "m" },
    choices: [{ index: 0, message: { role: "assistant", content: "Whole" }, "finish_reason": "stop" }],
  })),
  anthropic: answer(JSON.stringify({
    ...{ id: "msg_2", type: "message", role: "assistant", model: "m", "stop_reason": "end_turn" },
    content: [{ type: "text", text: "Whole" }],
    usage: { "input_tokens": 3, "output_tokens": 1 },
  })),
  gemini: answer(JSON.stringify(candidate([{ text: "Whole" }], "STOP"))),
};

interface Setting extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly upstream: FakeUpstream;
}

/** A gateway before a vendor with two keys that answers `broken` at first and well then. */
async function setting(vendor: Vendor, broken: Fault): Promise<Setting> {
  const upstream = await fakeUpstream([broken, GOOD[vendor]]);
  const gateway = await startGateway({
    config: {
      pools: [{ provider: vendor, upstreams: [upstream.url], keys: ["k-1", "k-2"], models: ["m"] }],
      defaults: { affinity: "off" },
    },
  });
  return {
    gateway,
    upstream,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

async function ask(
  gateway: TestGateway,
  path: string,
  body: object,
): Promise<{ status: number; text: string }> {
  const response = await fetch(gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", ...body }),
  });
  return { status: response.status, text: await response.text() };
}

const askChat = (gateway: TestGateway, stream = false) =>
  ask(gateway, "/v1/chat/completions", { messages: [{ role: "user", content: "Hi" }], stream });
const askMessage = (gateway: TestGateway) =>
  ask(gateway, "/v1/messages", { "max_tokens": 9, messages: [{ role: "user", content: "Hi" }] });

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** Answers that no client of another format may get as a whole one: another attempt has to be made. */
const BROKEN: readonly [what: string, vendor: Vendor, broken: Fault][] = [
  [
    "a stream that nobody asked for and that stops half-way",
    "anthropic",
    eventStream([MESSAGE_START, MESSAGE_TEXT]),
  ],
  [
    "a stream that nobody asked for and that tells an error",
    "anthropic",
    eventStream([
      MESSAGE_START,
      MESSAGE_TEXT,
      message("error", { error: { type: "overloaded_error", message: "Overloaded" } }),
    ]),
  ],
  ["a stream that nobody asked for and that says nothing", "anthropic", eventStream([": hello\n\n"])],
  [
    "an array of several pieces",
    "gemini",
    answer(JSON.stringify([candidate([{ text: "Half" }]), candidate([{ text: " more" }], "STOP")])),
  ],
  [
    "a call that the model got wrong",
    "gemini",
    answer(JSON.stringify(candidate([], "MALFORMED_FUNCTION_CALL"))),
  ],
  [
    "arguments that are nested without end",
    "gemini",
    answer(
      `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${
        deep(20_000)
      }}}]},"finishReason":"STOP"}]}`,
    ),
  ],
];

for (const [what, vendor, broken] of BROKEN) {
  Deno.test(`translated whole: ${what} is no answer, and another attempt is made`, async () => {
    await using each = await setting(vendor, broken);
    const { status, text } = await askChat(each.gateway);
    assert.equal(status, 200, text);
    assert.match(text, /"content":"Whole"/);
    assert.equal(each.upstream.deliveries.length, 2);
  });
}

Deno.test("translated whole: a stream that nobody asked for is put together where it is whole", async () => {
  await using each = await setting("anthropic", eventStream([MESSAGE_START, MESSAGE_TEXT, MESSAGE_END]));
  const { status, text } = await askChat(each.gateway);
  assert.equal(status, 200, text);
  assert.match(text, /"content":"Half an ans"/);
  assert.equal(each.upstream.deliveries.length, 1);
});

Deno.test("translated stream: a call that the model got wrong after some text is an error, and no end", async () => {
  await using each = await setting(
    "gemini",
    eventStream([
      event(candidate([{ text: "Let me see" }])),
      event(candidate([], "MALFORMED_FUNCTION_CALL")),
    ]),
  );
  const { text } = await askChat(each.gateway, true);
  assert.match(text, /Let me see/);
  assert.match(text, /"error":/);
  assert.doesNotMatch(text, /\[DONE\]|"finish_reason":"stop"/);
});

Deno.test("translated stream: arguments that are nested without end are an error at once, and no end", async () => {
  const call = `data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${
    deep(20_000)
  }}}]}}]}\n\n`;
  await using each = await setting("gemini", eventStream([event(candidate([{ text: "Let me see" }])), call]));
  const { text } = await askChat(each.gateway, true);
  assert.match(text, /"error":/);
  assert.doesNotMatch(text, /\[DONE\]/);
});

Deno.test("translated stream: one under another label is a stream all the same", async () => {
  const { steps } = eventStream([MESSAGE_START, MESSAGE_TEXT, MESSAGE_END]);
  const [head, ...rest] = steps;
  assert.ok(head?.do === "send");
  const plain = new TextDecoder().decode(head.bytes).replace("text/event-stream", "text/plain");
  const labelled = { steps: [{ ...head, bytes: new TextEncoder().encode(plain) }, ...rest] };
  await using each = await setting("anthropic", labelled);
  const { text } = await askChat(each.gateway, true);
  assert.match(text, /Half an ans/);
  assert.match(text, /\[DONE\]/);
  assert.equal(each.upstream.deliveries.length, 1);
});

Deno.test("translated: a picture that the model made reaches clients whose format has no place for it", async () => {
  const picture = candidate(
    [{ text: "Here: " }, { inlineData: { mimeType: "image/png", data: "aWNvbg==" } }],
    "STOP",
  );
  for (const stream of [false, true]) {
    await using each = await setting(
      "gemini",
      stream ? eventStream([event(picture)]) : answer(JSON.stringify(picture)),
    );
    assert.match((await askChat(each.gateway, stream)).text, /!\[image\]\(data:image\/png;base64,aWNvbg==\)/);
  }
  await using each = await setting("gemini", answer(JSON.stringify(picture)));
  assert.match((await askMessage(each.gateway)).text, /!\[image\]\(data:image\/png;base64,aWNvbg==\)/);
});
