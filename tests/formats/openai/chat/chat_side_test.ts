import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatEvent, ChatPart, ChatRequest, ChatTurn } from "../../../../src/core/chat.ts";
import { GatewayError } from "../../../../src/core/errors.ts";
import { readEvents } from "../../../../src/formats/events/read_events.ts";
import { assembleChoices } from "../../../../src/formats/openai/assembly/choices_assembler.ts";
import { chatSide } from "../../../../src/formats/openai/chat/chat_side.ts";
import {
  answering,
  asWritten,
  differences,
  jsonFixtures,
  PLAIN_REQUEST,
  received,
  writing,
} from "../../../support/translation/chat_sides.ts";
import { openaiFixture } from "../../../support/read_stream.ts";
import { atOnce } from "../../../../src/core/time/steps.ts";

/** An upstream that knows all that the format can say. */
const ABLE = { cacheMarks: true, reasoningReplay: true };

/** Requests that do not come back as they were, and in what they differ. All others must be equal. */
const REQUEST_DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  // What is the default is left out.
  ["audio_in"]: ['modalities: ["text"] → '],
  ["stop_list"]: ["stream: false → "],
  ["audio_out"]: ['messages.1.content:  → ""'],
  // Leading instructions are one message, in the role that the upstream's traits say.
  ["instructions_twice"]: [
    'messages.0.role: "developer" → "system"',
    'messages.0.content: "You know tides." → [{"type":"text","text":"You know tides."},{"type":"text","text":"Be brief."}]',
    'messages.1.role: "system" → "user"',
    'messages.1.content: "Be brief." → "High water?"',
    'messages.2.role: "user" → "assistant"',
    'messages.2.content: "High water?" → "At six."',
    'messages.3.role: "assistant" → "system"',
    'messages.3.content: "At six." → "Now answer in French."',
    'messages.4.role: "developer" → "user"',
    'messages.4.content: "Now answer in French." → "Low water?"',
    'messages.5: {"role":"user","content":"Low water?"} → ',
  ],
  // Two spellings of one thing.
  refusal: [
    'messages.3.content: [{"type":"text","text":"Gladly."},{"type":"refusal","refusal":"But not far."}] → "Gladly."',
    'messages.3.refusal:  → "But not far."',
  ],
  sampling: ["max_tokens: 16 → ", 'stop: "\\n" → ["\\n"]', "max_completion_tokens:  → 16"],
  // What SDKs send back of an answer without its saying anything.
  ["text_with_call"]: [
    "messages.1.refusal: null → ",
    "messages.1.annotations: [] → ",
    "messages.1.tool_calls.0.index: 0 → ",
    'messages.1.tool_calls.0.function.arguments: "" → "{}"',
    'messages.2.name: "now" → ',
  ],
};

/** The same for answers; id and model are always the gateway's own. */
const ANSWER_DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  text: ["choices.0.message.annotations: [] → "],
  compatible: [
    'choices.0.message.reasoning: "Hm." → ',
    'choices.0.message.tool_calls.0.id: "" → "call_d96f9e68a4566f1429f5359f"',
    'choices.0.message.tool_calls.0.function.arguments: {"zone":"UTC"} → "{\\"zone\\":\\"UTC\\"}"',
    'choices.0.message.tool_calls.0.type:  → "function"',
    "choices.0.message.refusal:  → null",
    'choices.0.message.reasoning_content:  → "Hm."',
    'choices.0.finish_reason: "stop" → "tool_calls"',
    "choices.0.index:  → 0",
    "choices.0.logprobs:  → null",
    "usage.total_tokens:  → 3",
    'object:  → "chat.completion"',
    "created:  → 1767225600",
  ],
};

/** The same for streams, put together again; marks of the whole answer do not go through the hub. */
const STREAM_DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  azure: [
    'choices.0.content_filter_results: {"hate":{"filtered":false,"severity":"safe"}} → ',
    'prompt_filter_results: [{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}] → ',
    "content_filter_marker: null → ",
  ],
  google: [
    'choices.0.message.tool_calls.0.id: "" → "call_953b471df1a6d99d0e44681a"',
    'choices.0.message.tool_calls.1.id: "" → "call_c25e6ce9a2b0effda7931851"',
  ],
  openrouter: [
    'choices.0.message.reasoning_details: [{"type":"reasoning.text","text":"Let me","format":"unknown","index":0}] → ',
    'choices.0.message.reasoning: "Let me" → ',
    'choices.0.message.reasoning_content:  → "Let Let me"', // The fixture tells one thought twice.
  ],
};

/** Marks that every answer of the gateway has anew, counts that are nought, and members that are there as null. */
const NO_MATTER =
  /^(id|created|model|system_fingerprint|service_tier|obfuscation): |audio_tokens: 0 → $|: {2}→ null$/;

const requests = jsonFixtures("openai_chat");
const answers = jsonFixtures("openai_chat/answers");

Deno.test("there are fixtures of every kind", () => {
  assert.ok(requests.length >= 18 && answers.length >= 8);
  for (const name of Object.keys(REQUEST_DIFFERENCES)) assert.ok(requests.some(([known]) => known === name));
});

for (const [name, body] of requests) {
  Deno.test(`request ${name} comes back as it was, or as the table says`, () => {
    const asked = chatSide.readRequest(received(body));
    const { context } = writing(ABLE, String(body.model));
    const { path, body: written } = chatSide.writeRequest(asked, context);
    assert.equal(path, "/v1/chat/completions");
    assert.deepEqual(differences(body, asWritten(written)), REQUEST_DIFFERENCES[name] ?? []);
  });
}

for (const [name, body] of answers) {
  Deno.test(`answer ${name} comes back as it was, or as the table says`, () => {
    const written = chatSide.writeAnswer(chatSide.readAnswer(body), answering(PLAIN_REQUEST));
    assert.deepEqual([written.id, written.model], ["chatcmpl-r1", "asked-model"]);
    const found = differences(body, asWritten(written)).filter((line) => !/^(id|model): /.test(line));
    assert.deepEqual(found, ANSWER_DIFFERENCES[name] ?? []);
  });
}

const SHAPE = { object: "chat.completion", answer: "message" } as const;

/** A stream's events, translated and written again. */
function throughHub(stream: Uint8Array): string {
  const reader = chatSide.eventReader();
  const asked = { ...PLAIN_REQUEST, stream: true, streamUsage: true };
  const writer = chatSide.eventWriter({ ...answering(asked), framing: "sse" });
  let text = "";
  const emit = (event: ChatEvent) => void (text += writer.write(event));
  atOnce(readEvents(stream, (event, name) => reader.event(name, event, emit)));
  reader.end(emit);
  return text;
}

for (const name of ["text", "tools", "reasoning", "azure", "google", "choices", "logprobs", "openrouter"]) {
  Deno.test(`stream ${name} says the same after the hub, or as the table says`, () => {
    const before = openaiFixture(`synthetic_chat_${name}`);
    const text = throughHub(before);
    assert.ok(text.endsWith("data: [DONE]\n\n"));
    const after = new TextEncoder().encode(text);
    const whole = (bytes: Uint8Array) => JSON.parse(atOnce(assembleChoices(bytes, SHAPE)).body);
    const found = differences(whole(before), whole(after)).filter((line) => !NO_MATTER.test(line));
    assert.deepEqual(found, STREAM_DIFFERENCES[name] ?? []);
  });
}

const text = fc.string({ maxLength: 12 });
const said = fc.string({ minLength: 1, maxLength: 12 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const cache = optional(fc.record({ ttl: optional(fc.constantFrom("5m", "1h")) }));
const base64 = fc.record({
  from: fc.constant("base64" as const),
  mediaType: fc.constantFrom("image/png", "application/pdf"),
  data: fc.base64String(),
});
const url = fc.record({ from: fc.constant("url" as const), url: fc.webUrl() });
const textPart = fc.record({ kind: fc.constant("text" as const), text, cache });
const imagePart = fc.record({
  kind: fc.constant("image" as const),
  source: fc.oneof(base64, url),
  detail: optional(fc.constantFrom("low", "high")),
});
const filePart = fc.record({ kind: fc.constant("file" as const), source: base64, name: optional(said) });
const callId = fc.oneof(fc.constantFrom("call_1", "toolu_2"), fc.string({ minLength: 1, maxLength: 80 }));
const assistantPart: fc.Arbitrary<ChatPart> = fc.oneof(
  textPart,
  fc.record({
    kind: fc.constant("reasoning" as const),
    text: said,
    signature: optional(fc.record({ format: fc.constant("anthropic_messages"), value: said })),
  }),
  fc.record({ kind: fc.constant("refusal" as const), text }),
  fc.record({
    kind: fc.constant("tool_call" as const),
    id: callId,
    name: said,
    arguments: text,
    custom: optional(fc.constant(true)),
    signature: optional(fc.record({ format: fc.constantFrom("gemini_generate", "other"), value: said })),
  }),
);
const result: fc.Arbitrary<ChatPart> = fc.record({
  kind: fc.constant("tool_result" as const),
  callId,
  parts: fc.array(fc.oneof(textPart, imagePart, filePart), { maxLength: 3 }),
  isError: fc.boolean(),
});
const turn: fc.Arbitrary<ChatTurn> = fc.oneof(
  fc.record({
    role: fc.constant("user" as const),
    parts: fc.array(fc.oneof(textPart, imagePart, filePart, result), { maxLength: 4 }),
    name: optional(said),
  }),
  fc.record({ role: fc.constant("assistant" as const), parts: fc.array(assistantPart, { maxLength: 4 }) }),
  fc.record({
    role: fc.constant("system" as const),
    parts: fc.array(textPart, { minLength: 1, maxLength: 2 }),
  }),
);
const number = optional(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0));
const schema = fc.constant({ type: "object", properties: {} });
const hubRequest: fc.Arbitrary<ChatRequest> = fc.record({
  model: fc.constant("m"),
  stream: fc.boolean(),
  streamUsage: fc.constant(false),
  system: fc.array(textPart, { maxLength: 3 }),
  turns: fc.array(turn, { maxLength: 6 }).map((turns) => [...PLAIN_REQUEST.turns, ...turns]),
  tools: fc.array(fc.record({ kind: fc.constantFrom("function", "custom"), name: said, cache }), {
    maxLength: 2,
  }),
  toolChoice: optional(
    fc.record({
      mode: fc.constantFrom("auto", "none", "required"),
      only: optional(fc.array(said, { minLength: 1, maxLength: 2 })),
    }),
  ),
  parallelTools: optional(fc.boolean()),
  maxTokens: number,
  temperature: number,
  topK: number,
  stop: optional(fc.array(text, { minLength: 1, maxLength: 2 })),
  logprobs: optional(fc.record({ top: number })),
  output: optional(
    fc.oneof(
      fc.record({ kind: fc.constant("json" as const) }),
      fc.record({ kind: fc.constant("schema" as const), name: optional(said), schema }),
    ),
  ),
  reasoning: optional(
    fc.record({
      enabled: optional(fc.boolean()),
      effort: optional(fc.constantFrom("minimal", "high", "max")),
      budgetTokens: optional(fc.nat()),
      summary: optional(fc.constant("auto")),
    }),
  ),
  user: optional(fc.string({ maxLength: 100 })),
  tier: optional(fc.constantFrom("auto", "standard_only")),
});

Deno.test("whatever the hub says, what is written is read and written again as the same", () => {
  fc.assert(fc.property(hubRequest, fc.boolean(), (request, jsonSchema) => {
    const traits = { ...ABLE, jsonSchema };
    const first = asWritten(chatSide.writeRequest(request, writing(traits).context).body);
    const again = chatSide.readRequest(received(first));
    const second = asWritten(chatSide.writeRequest(again, writing(traits).context).body);
    assert.deepEqual(differences(first, second), []);
  }));
});

Deno.test("whatever the hub says, results follow the calls and nothing else comes between", () => {
  fc.assert(fc.property(hubRequest, (request) => {
    const { body } = chatSide.writeRequest(request, writing(ABLE).context);
    const roles = (body.messages as { role: string }[]).map((message) => message.role);
    for (const [at, role] of roles.entries()) {
      if (role === "tool" && roles.includes("assistant")) {
        const before = roles.slice(0, at).findLast((other) => other !== "tool");
        const isFirst = !roles.slice(0, at).includes("assistant");
        assert.ok(isFirst || before === "assistant", JSON.stringify(roles));
      }
    }
  }));
});

Deno.test("whatever is sent as a request, it is read or refused as the client's mistake", () => {
  fc.assert(fc.property(fc.constantFrom(...requests), fc.jsonValue(), fc.nat(), ([, body], odd, at) => {
    const name = Object.keys(body)[at % Object.keys(body).length] ?? "";
    try {
      chatSide.readRequest(received({ ...body, [name]: odd }));
    } catch (error) {
      assert.ok(error instanceof GatewayError && error.code === "invalid_body", String(error));
    }
  }));
});

Deno.test("whatever an upstream says, reading it does not fail", () => {
  fc.assert(fc.property(fc.constantFrom(...answers), fc.jsonValue(), ([, body], odd) => {
    const [choice] = body.choices as [Record<string, unknown>];
    const reader = chatSide.eventReader();
    for (const message of [{ content: odd, tool_calls: odd }, { tool_calls: [odd, odd] }, odd]) {
      const oddBody = { ...body, usage: odd, choices: [{ ...choice, delta: message, message }] };
      chatSide.readAnswer(oddBody);
      reader.event("", oddBody, () => {});
      reader.event("", { choices: odd }, () => {});
    }
    reader.end(() => {});
  }));
});
