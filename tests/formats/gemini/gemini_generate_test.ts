import assert from "node:assert/strict";
import fc from "fast-check";
import { STREAM_SIGNS } from "../../../src/formats/format.ts";
import { geminiGenerate } from "../../../src/formats/gemini/gemini_generate.ts";
import { dataEvents, readStream, streamFixture } from "../../support/read_stream.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

const { content, end, error, malformed } = STREAM_SIGNS;
const encode = (text: string) => new TextEncoder().encode(text);

const chunk = (parts: readonly unknown[], finishReason?: string, index = 0) => ({
  candidates: [{ content: { parts, role: "model" }, index, ...(finishReason && { finishReason }) }],
});

const BEGUN = chunk([{ text: "x" }]);

Deno.test("what says nothing to the user is not content", () => {
  for (
    const event of [
      chunk([]),
      chunk([{ text: "" }]),
      chunk([{ text: "", thought: true, thoughtSignature: "c2ln" }]),
      { candidates: [{ index: 0 }] },
      { candidates: [{ finishReason: "FINISH_REASON_UNSPECIFIED" }] },
      { usageMetadata: { promptTokenCount: 1 }, modelVersion: "m" },
      {},
    ]
  ) {
    assert.equal(readStream(geminiGenerate, dataEvents(event)).signs, 0, JSON.stringify(event));
  }
});

Deno.test("text, thoughts, calls, media, code and parts of a new kind commit", () => {
  for (
    const part of [
      { text: " " },
      { text: "hm", thought: true },
      { functionCall: { name: "f" } },
      { inlineData: { mimeType: "image/png", data: "AAAA" } },
      { executableCode: { language: "PYTHON", code: "1" } },
      { codeExecutionResult: { outcome: "OUTCOME_OK" } },
      { aNewKind: { a: 1 } },
    ]
  ) {
    assert.equal(readStream(geminiGenerate, dataEvents(chunk([part]))).signs, content, JSON.stringify(part));
  }
});

Deno.test("a finish reason explains an empty answer and ends it, as a blocked prompt does", () => {
  assert.equal(
    readStream(geminiGenerate, dataEvents({ candidates: [{ finishReason: "SAFETY" }] })).signs,
    content | end,
  );
  const blocked = readStream(geminiGenerate, streamFixture("gemini", "synthetic_blocked"));
  assert.deepEqual([blocked.signs, blocked.ended], [content | end, true]);
});

Deno.test("an answer has ended when every candidate that opened has", () => {
  const ended = (...events: unknown[]) => readStream(geminiGenerate, dataEvents(...events)).ended;
  assert.equal(ended(BEGUN), false);
  assert.equal(ended(BEGUN, chunk([{ text: "" }], "STOP")), true);
  assert.equal(ended(BEGUN, chunk([{ text: "b" }], undefined, 1), chunk([], "STOP")), false);
  assert.equal(
    ended(BEGUN, chunk([{ text: "b" }], undefined, 1), chunk([], "STOP"), chunk([], "STOP", 1)),
    true,
  );
  assert.equal(ended(BEGUN, chunk([], "STOP"), { usageMetadata: {} }), true);
  assert.equal(readStream(geminiGenerate, streamFixture("gemini", "synthetic_cut")).ended, false);
});

Deno.test("errors are found bare and in an array, and are told unwrapped", () => {
  const failure = { error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } };
  for (const event of [failure, [failure]]) {
    const tale = readStream(geminiGenerate, dataEvents(BEGUN, event));
    assert.deepEqual([tale.signs, tale.ended], [content | error, false]);
    assert.deepEqual(JSON.parse(tale.errorData ?? ""), failure);
  }
});

Deno.test("a model that stumbled before it said anything is an error another attempt may mend; after it, an end", () => {
  for (
    const reason of [
      "MALFORMED_FUNCTION_CALL",
      "UNEXPECTED_TOOL_CALL",
      "TOO_MANY_TOOL_CALLS",
      "MALFORMED_RESPONSE",
      "OTHER",
    ]
  ) {
    const tale = readStream(geminiGenerate, dataEvents(chunk([{ text: "" }], reason)));
    assert.equal(tale.signs, error, reason);
    const { code, message } = JSON.parse(tale.errorData ?? "").error;
    assert.equal(code, 500);
    assert.ok(message.includes(reason));
    assert.equal(
      readStream(geminiGenerate, dataEvents(BEGUN, chunk([], reason))).signs,
      content | end,
      reason,
    );
    assert.equal(
      readStream(geminiGenerate, dataEvents(chunk([{ text: "a" }], reason))).signs,
      content | end,
      reason,
    );
  }
});

Deno.test("broken events are noted, and one too large to be looked at may have been the last", () => {
  assert.equal(readStream(geminiGenerate, encode("data: {\r\n\r\n")).signs, malformed);
  const picture = chunk([{ inlineData: { mimeType: "image/png", data: "A".repeat(2_000_000) } }], "STOP");
  const tale = readStream(geminiGenerate, dataEvents(picture));
  assert.deepEqual([tale.signs, tale.ended], [content | malformed, true]);
});

Deno.test("passing over events unparsed changes nothing that is said", () => {
  const name = fc.constantFrom(
    "finishReason",
    "error",
    "index",
    "text",
    '"finishReason":"STOP"',
    'a"index":1',
  );
  const part = fc.oneof(
    fc.record({ text: name }),
    fc.record({ functionCall: fc.record({ name, args: fc.dictionary(name, fc.nat(12)) }) }),
  );
  const event = fc.record({
    parts: fc.array(part, { maxLength: 2 }),
    finish: fc.constantFrom(undefined, "STOP"),
    at: fc.nat(11),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), (events) => {
      const chunks = events.map(({ parts, finish, at }) => chunk(parts, finish, at < 9 ? 0 : at));
      const open = new Set(chunks.flatMap(({ candidates }) => candidates.map(({ index }) => index)));
      const finished = new Set(
        events.flatMap(({ finish, at }) => finish === undefined ? [] : [at < 9 ? 0 : at]),
      );
      const expected = finished.size > 0 && open.size === finished.size;
      assert.equal(readStream(geminiGenerate, dataEvents(...chunks)).ended, expected);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a stream put together is the whole answer, with the usage of its last event", () => {
  const { body, ...facts } = atOnce(geminiGenerate.assemble(streamFixture("gemini", "synthetic_thinking")));
  const { candidates, usageMetadata, responseId } = JSON.parse(body);
  assert.deepEqual(candidates, [{
    content: {
      parts: [
        { text: "**Weighing it**\n\nThe sky scatters blue.", thought: true },
        { text: "Because of Rayleigh scattering.", thoughtSignature: "EpwCCpkCAXLI2nzF0123456789abcdef==" },
      ],
      role: "model",
    },
    index: 0,
    finishReason: "STOP",
  }]);
  assert.deepEqual([usageMetadata.totalTokenCount, responseId], [107, "kR8eafGkK5KfvdIPrPSHwAw"]);
  assert.deepEqual(facts, {
    usage: { inputTokens: 12, outputTokens: 95, cachedInputTokens: 4, reasoningTokens: 88 },
    model: "gemini-2.5-flash",
    finish: "STOP",
  });
  const tools = atOnce(geminiGenerate.assemble(streamFixture("gemini", "synthetic_tools"))).body;
  assert.ok(tools.includes('"ratio":1.0') && tools.includes("CsQBAdHtim8signatureOfTheFirstCall=="));
  const logprobs = JSON.parse(
    atOnce(geminiGenerate.assemble(streamFixture("gemini", "synthetic_logprobs"))).body,
  );
  assert.equal(logprobs.candidates[0].logprobsResult.chosenCandidates.length, 2);
});

Deno.test("texts come together whatever the pieces, thoughts apart from answers", () => {
  const piece = fc.record({ text: fc.string(), thought: fc.boolean() });
  fc.assert(fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
    const events = pieces.map(({ text, thought }) => chunk([{ text, ...(thought && { thought }) }]));
    const { candidates = [] } = JSON.parse(atOnce(geminiGenerate.assemble(dataEvents(...events))).body);
    const parts: { text: string; thought?: boolean }[] = candidates[0]?.content.parts ?? [];
    const joined = (isThought: boolean) =>
      parts.filter(({ thought }) => (thought === true) === isThought).map(({ text }) => text).join("");
    for (const isThought of [true, false]) {
      assert.equal(
        joined(isThought),
        pieces.filter(({ thought }) => thought === isThought).map(({ text }) => text).join(""),
      );
    }
  }));
});

Deno.test("facts of whole answers: object, array of a stream, blocked prompt, odd bodies", () => {
  const answer = {
    ...chunk([{ text: "a" }], "MAX_TOKENS"),
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, toolUsePromptTokenCount: 4 },
    modelVersion: "m",
  };
  const facts = { usage: { inputTokens: 7, outputTokens: 2 }, model: "m", finish: "MAX_TOKENS" };
  assert.deepEqual(geminiGenerate.readAnswer(encode(JSON.stringify(answer))), facts);
  assert.deepEqual(geminiGenerate.readAnswer(encode(JSON.stringify([BEGUN, answer]))), facts);
  assert.equal(
    geminiGenerate.readAnswer(encode('{"promptFeedback":{"blockReason":"SAFETY"}}')).finish,
    "SAFETY",
  );
  for (const odd of ["", "[", "[1]", "{}", "null", '{"usageMetadata":{"promptTokenCount":-1}}']) {
    assert.deepEqual(geminiGenerate.readAnswer(encode(odd)), {}, odd);
  }
});

Deno.test("an error tells Google's word for the status, our code as its reason and the field at fault", () => {
  const told = JSON.parse(
    geminiGenerate.errorBody({
      status: 400,
      code: "invalid_body",
      message: "No.",
      param: "contents",
      requestId: "r",
    }),
  );
  assert.deepEqual(told, {
    error: {
      code: 400,
      message: "No.",
      status: "INVALID_ARGUMENT",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "invalid_body",
          domain: "tidegate",
          metadata: { requestId: "r" },
        },
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [{ field: "contents", description: "No." }],
        },
      ],
    },
  });
});
