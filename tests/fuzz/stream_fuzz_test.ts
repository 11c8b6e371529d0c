import assert from "node:assert/strict";
import fc from "fast-check";
import { SseSplitter } from "../../src/core/bytes/sse.ts";
import { openaiChat } from "../../src/formats/openai/openai_chat.ts";
import { openaiCompletions } from "../../src/formats/openai/openai_completions.ts";
import { openaiResponses } from "../../src/formats/openai/openai_responses.ts";
import { dataEvents, readStream } from "../support/read_stream.ts";
import { atOnce } from "../../src/core/time/steps.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Any text without lone surrogates: those cannot travel as bytes. */
const text = fc.string({ unit: "binary" });
const pieces = fc.array(text, { minLength: 1, maxLength: 8 });

/** Chunk ends for a text of any length. */
const cuts = fc.array(fc.nat(), { maxLength: 30 });

function placed(at: readonly number[], length: number): number[] {
  return at.map((cut) => cut % (length + 1)).sort((a, b) => a - b);
}

Deno.test("events come out as they went in, whatever line ends, comments and chunks", () => {
  const line = fc.string({ unit: "binary" }).map((value) => value.replace(/[\r\n\ufeff]/g, ""));
  const event = fc.record({
    name: line,
    data: fc.array(line, { minLength: 1, maxLength: 3 }),
    comment: fc.boolean(),
  });
  const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), lineEnd, fc.boolean(), cuts, (events, end, mark, at) => {
      const lines = events.flatMap(({ name, data, comment }) => [
        ...(comment ? [": wait"] : []),
        `event: ${name}`,
        ...data.map((value) => `data: ${value}`),
        "",
      ]);
      const bytes = encoder.encode((mark ? "\ufeff" : "") + lines.map((value) => value + end).join(""));
      const told: [string, string][] = [];
      const splitter = new SseSplitter({
        event: (name, data) => told.push([name, decoder.decode(data.slice())]),
        oversized: () => assert.fail("too large"),
      });
      let from = 0;
      for (const cut of [...placed(at, bytes.length), bytes.length]) {
        splitter.push(bytes.slice(from, cut));
        from = cut;
      }
      assert.deepEqual(told, events.map(({ name, data }) => [name, data.join("\n")]));
      assert.equal(splitter.betweenEvents, true);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a chat reader says the same of any stream however it is cut", () => {
  const choice = fc.record({
    index: fc.nat(2),
    delta: fc.oneof(
      fc.constant({}),
      fc.record({ content: fc.oneof(text, fc.constant(null)) }),
      fc.record({ reasoning_content: text }),
      fc.record({
        tool_calls: fc.tuple(fc.record({ index: fc.nat(1), function: fc.record({ arguments: text }) })),
      }),
    ),
    finish_reason: fc.constantFrom(null, null, null, "", "stop"),
  }, { requiredKeys: [] });
  const event = fc.oneof(
    { weight: 8, arbitrary: fc.record({ choices: fc.array(choice, { maxLength: 2 }) }) },
    { weight: 1, arbitrary: fc.record({ error: fc.oneof(text, fc.record({ code: text })) }) },
    { weight: 1, arbitrary: fc.constantFrom("[DONE]", "{", "", "{}") },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), cuts, (events, at) => {
      const bytes = dataEvents(...events);
      const whole = readStream(openaiChat, bytes);
      assert.deepEqual(readStream(openaiChat, bytes, placed(at, bytes.length)), whole);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a fast look after content sees the ends that a parse of every event would see", () => {
  const index = fc.nat(2);
  const event = fc.tuple(index, text, fc.constantFrom(null, null, "", "stop"));
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 10 }),
      fc.constantFrom(",", ", "),
      (events, comma) => {
        const chunks = events.map(([at, content, finish]) => ({
          choices: [{ index: at, delta: { content }, ["finish_reason"]: finish }],
        }));
        const begun = { choices: [{ index: 0, delta: { content: "x" }, ["finish_reason"]: "stop" }] };
        const spaced = chunks.map((chunk) =>
          JSON.stringify(chunk, null, comma === ", " ? 1 : 0).replaceAll("\n", "")
        );
        assert.equal(readStream(openaiChat, dataEvents(begun, ...spaced)).ended, allFinished(events));
      },
    ),
    { numRuns: 1000 },
  );
});

/** Whether every choice named has finished; choice 0 had before. */
function allFinished(events: readonly (readonly [number, string, string | null])[]): boolean {
  const finished = new Set([0, ...events.filter(([, , finish]) => finish === "stop").map(([at]) => at)]);
  return events.every(([at]) => finished.has(at));
}

Deno.test("texts, arguments and reasoning come together however they were divided and interleaved", () => {
  const fragment = fc.record({ call: fc.nat(3), arguments: text, content: text, reasoning: text });
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
      const deltas = fragments.map((each) => ({
        content: each.content,
        reasoning_content: each.reasoning,
        tool_calls: [{ index: each.call, id: `call_${each.call}`, function: { arguments: each.arguments } }],
      }));
      const stream = dataEvents(...deltas.map((delta) => ({ choices: [{ index: 0, delta }] })), "[DONE]");
      const [choice] = JSON.parse(atOnce(openaiChat.assemble(stream)).body).choices;
      if (fragments.length === 0) return assert.equal(choice, undefined);
      assert.equal(choice.message.content, fragments.map((each) => each.content).join(""));
      assert.equal(choice.message.reasoning_content, fragments.map((each) => each.reasoning).join(""));
      const calls: Record<string, string> = {};
      for (const each of fragments) {
        calls[`call_${each.call}`] = (calls[`call_${each.call}`] ?? "") + each.arguments;
      }
      const told = choice.message.tool_calls.map((call: { id: string; function: { arguments: string } }) => [
        call.id,
        call.function.arguments,
      ]);
      assert.deepEqual(Object.fromEntries(told), calls);
    }),
    { numRuns: 500 },
  );
});

Deno.test("completions and responses put divided texts together", () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const completions = dataEvents(...parts.map((part) => ({ choices: [{ index: 0, text: part }] })));
      assert.equal(
        JSON.parse(atOnce(openaiCompletions.assemble(completions)).body).choices[0].text,
        parts.join(""),
      );
      const item = { type: "message", content: [] };
      const responses = dataEvents(
        { type: "response.output_item.added", output_index: 0, item },
        ...parts.map((delta) => ({
          type: "response.output_text.delta",
          output_index: 0,
          content_index: 0,
          delta,
        })),
      );
      const { output } = JSON.parse(atOnce(openaiResponses.assemble(responses)).body);
      assert.equal(output[0].content[0].text, parts.join(""));
    }),
    { numRuns: 300 },
  );
});
