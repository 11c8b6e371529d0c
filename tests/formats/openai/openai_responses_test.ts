import assert from "node:assert/strict";
import { STREAM_SIGNS } from "../../../src/formats/format.ts";
import { openaiResponses } from "../../../src/formats/openai/openai_responses.ts";
import { dataEvents, openaiFixture, readStream } from "../../support/read_stream.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

const { content, end, error, malformed } = STREAM_SIGNS;
const encode = (text: string) => new TextEncoder().encode(text);

const TEXT_DELTA = { type: "response.output_text.delta", delta: "x" };
const COMPLETED = { type: "response.completed", response: { status: "completed", output: [] } };

/** Everything of the fixture before its last event. */
function fixtureWithoutEnd(): string {
  const text = new TextDecoder().decode(openaiFixture("synthetic_responses"));
  return text.slice(0, text.indexOf("event: response.completed"));
}

Deno.test("running a model is inference; what is stored belongs to the account", () => {
  const grant = openaiResponses.grant;
  for (const path of ["/v1/responses", "/v1/responses/input_tokens", "/v1/responses/compact"]) {
    assert.equal(grant("POST", path), "inference", path);
    assert.equal(grant("GET", path), "account", path);
  }
  assert.equal(grant("GET", "/v1/responses/resp_1"), "account");
  assert.equal(grant("POST", "/v1/responses/resp_1/cancel"), "account");
});

Deno.test("announcements are not content", () => {
  for (
    const event of [
      { type: "response.created", response: { output: [] } },
      { type: "response.queued" },
      { type: "response.in_progress", response: { error: null } },
      { type: "response.output_item.added", item: { type: "message", content: [] } },
      { type: "response.output_item.added", item: { type: "reasoning", summary: [] } },
      { type: "response.content_part.added", part: { text: "" } },
      { type: "response.reasoning_summary_part.added" },
      { type: "response.output_text.delta", delta: "" },
      { type: "keepalive", sequence_number: 3 },
      { type: "codex.rate_limits", limits: {} },
    ]
  ) {
    assert.equal(readStream(openaiResponses, dataEvents(event)).signs, 0, event.type);
  }
});

Deno.test("text, reasoning, arguments, tools at work and whole items are content", () => {
  for (
    const event of [
      TEXT_DELTA,
      { type: "response.reasoning_summary_text.delta", delta: "x" },
      { type: "response.function_call_arguments.delta", delta: "{" },
      { type: "response.refusal.delta", delta: "no" },
      { type: "response.output_item.added", item: { type: "function_call", name: "f" } },
      { type: "response.web_search_call.in_progress" },
      { type: "response.image_generation_call.partial_image", partial_image_b64: "AAAA" },
      { type: "response.output_item.done", item: {} },
    ]
  ) {
    assert.equal(readStream(openaiResponses, dataEvents(event)).signs, content, event.type);
  }
});

Deno.test("completed and incomplete end an answer and explain an empty one; [DONE] and silence do not", () => {
  const read = (...events: unknown[]) => {
    const { signs, ended } = readStream(openaiResponses, dataEvents(...events));
    return [signs, ended];
  };
  assert.deepEqual(read(TEXT_DELTA, COMPLETED), [content | end, true]);
  assert.deepEqual(read({ type: "response.incomplete" }), [content | end, true]);
  assert.deepEqual(read(TEXT_DELTA), [content, false]);
  assert.deepEqual(read(TEXT_DELTA, "[DONE]"), [content, false]);
  assert.deepEqual(read(COMPLETED, "[DONE]"), [content | end, true]);
});

Deno.test("the type is known from the data wherever it stands in it, else from the event's name", () => {
  const late = { ["sequence_number"]: 9, type: "response.completed", response: {} };
  assert.equal(readStream(openaiResponses, dataEvents(TEXT_DELTA, late)).ended, true);
  const spaced = encode(
    'data: {"type": "response.output_text.delta", "delta": "x"}\n\ndata: {"type": "response.completed"}\n\n',
  );
  assert.deepEqual(readStream(openaiResponses, spaced).signs, content | end);
  const named = encode(
    'event: response.output_text.delta\ndata: {"delta":"x"}\n\nevent: response.completed\ndata: {}\n\n',
  );
  assert.deepEqual(readStream(openaiResponses, named).signs, content | end);
});

Deno.test("every form of error is told, as an envelope", () => {
  const cases: readonly [unknown, unknown][] = [
    [
      { type: "error", code: "server_error", message: "m", param: null, sequence_number: 1 },
      { message: "m", code: "server_error", param: null },
    ],
    [{ type: "error", error: { code: "x", message: "m" } }, { code: "x", message: "m" }],
    [{ error: { message: "m" } }, { message: "m" }],
    [
      { type: "response.failed", response: { status: "failed", error: { code: "rate_limit_exceeded" } } },
      { code: "rate_limit_exceeded" },
    ],
    [{ type: "response.failed" }, {}],
  ];
  for (const [event, told] of cases) {
    for (const before of [[], [TEXT_DELTA]]) {
      const tale = readStream(openaiResponses, dataEvents(...before, event));
      assert.equal(tale.signs & error, error, JSON.stringify(event));
      assert.equal(tale.ended, false);
      assert.deepEqual(JSON.parse(tale.errorData ?? ""), { error: told });
    }
  }
  const after = readStream(openaiResponses, dataEvents(COMPLETED, { error: { message: "late" } }));
  assert.equal(after.ended, false, "what ends with an error did not end well");
});

Deno.test("an event too large to be looked at still ends the answer when its name or beginning says so", () => {
  const image = "A".repeat(1_200_000);
  const large = { type: "response.completed", response: { output: [{ result: image }] } };
  const tale = readStream(openaiResponses, dataEvents(TEXT_DELTA, large));
  assert.deepEqual([tale.signs, tale.ended], [content | end | malformed, true]);
  const named = encode(`event: response.completed\ndata: {"response":"${image}"}\n\n`);
  assert.equal(readStream(openaiResponses, named).ended, true);
  const created = { type: "response.created", response: { instructions: image } };
  assert.equal(readStream(openaiResponses, dataEvents(created)).hasContent, false);
});

Deno.test("broken events are noted", () => {
  assert.equal(readStream(openaiResponses, dataEvents("{", "nonsense")).signs, malformed);
});

Deno.test("a whole stream gives the response of its last event, byte for byte", () => {
  const answer = atOnce(openaiResponses.assemble(openaiFixture("synthetic_responses")));
  const text = new TextDecoder().decode(openaiFixture("synthetic_responses"));
  assert.ok(text.includes(`"response":${answer.body}}`), answer.body);
  assert.ok(answer.body.includes('"temperature":1.0'), "numbers as they came");
  assert.deepEqual(answer.usage, {
    inputTokens: 30,
    outputTokens: 12,
    cachedInputTokens: 10,
    reasoningTokens: 4,
  });
  assert.deepEqual([answer.model, answer.finish], ["gpt-synthetic", "completed"]);
});

Deno.test("without its last event the output is built from what went by", () => {
  const whole = JSON.parse(atOnce(openaiResponses.assemble(openaiFixture("synthetic_responses"))).body);
  const rebuilt = JSON.parse(atOnce(openaiResponses.assemble(encode(fixtureWithoutEnd()))).body);
  assert.deepEqual(rebuilt.output, whole.output);
  assert.deepEqual([rebuilt.id, rebuilt.status], ["resp_synthetic", "in_progress"]);
});

Deno.test("a stream cut inside its items keeps the text, arguments and summaries so far", () => {
  const text = fixtureWithoutEnd();
  const cut = text.slice(0, text.indexOf("event: response.output_text.done"));
  const { output } = JSON.parse(atOnce(openaiResponses.assemble(encode(cut))).body);
  assert.deepEqual(output[0].summary, [{ type: "summary_text", text: "Counting hours" }]);
  assert.equal(output[1].content[0].text, "High water at six.");
  assert.equal(output[2].arguments, '{"port":');
});

Deno.test("an empty output in the last event is filled from the items that went by", () => {
  const last = { type: "response.completed", response: { id: "r", status: "completed", output: [], n: 1 } };
  const stream = new Uint8Array([...encode(fixtureWithoutEnd()), ...dataEvents(last)]);
  const answer = atOnce(openaiResponses.assemble(stream));
  const json = JSON.parse(answer.body);
  assert.deepEqual([json.id, json.n, json.output.length, answer.finish], ["r", 1, 3, "completed"]);
});

Deno.test("errors are kept in the answer, and hostile indexes make no giant lists", () => {
  const flat = dataEvents(TEXT_DELTA, { type: "error", code: "server_error", message: "m" });
  assert.deepEqual(JSON.parse(atOnce(openaiResponses.assemble(flat)).body).error, {
    code: "server_error",
    message: "m",
  });
  const item = { type: "message", content: [] };
  const hostile = dataEvents(
    { type: "response.output_item.added", output_index: 4e9, item },
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.output_text.delta", output_index: 0, content_index: 4e9, delta: "x" },
    { type: "response.output_text.delta", output_index: -1, content_index: "a", delta: 5 },
    { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "kept" },
  );
  const { output } = JSON.parse(atOnce(openaiResponses.assemble(hostile)).body);
  assert.deepEqual(output, [{ type: "message", content: [{ type: "output_text", text: "kept" }] }]);
  assert.equal(atOnce(openaiResponses.assemble(new Uint8Array(0))).body, '{"object":"response","output":[]}');
});

Deno.test("an incomplete answer tells its reason as its finish", () => {
  const answer = {
    model: "m",
    status: "incomplete",
    ["incomplete_details"]: { reason: "max_output_tokens" },
  };
  assert.deepEqual(openaiResponses.readAnswer(encode(JSON.stringify(answer))), {
    model: "m",
    finish: "max_output_tokens",
  });
});

Deno.test("the error event speaks to the SDKs and to readers of response.failed alike", () => {
  const told = (status: number, code: string) => {
    const bytes = openaiResponses.errorEvent({ status, code, message: "m", requestId: "01" });
    const data = new TextDecoder().decode(bytes).split("data: ")[1] ?? "";
    return JSON.parse(data);
  };
  const event = told(502, "upstream_truncated");
  assert.equal(event.type, "response.failed");
  assert.deepEqual(event.response.error, { code: "server_error", message: "m" });
  assert.equal(event.error.code, "upstream_truncated");
  assert.equal(event.response.status, "failed");
  assert.equal(told(429, "rate_limited").response.error.code, "rate_limit_exceeded");
  assert.equal(told(429, "insufficient_quota").response.error.code, "insufficient_quota");
});
