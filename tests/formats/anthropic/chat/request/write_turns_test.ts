import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatPart, ChatTurn } from "../../../../../src/core/chat.ts";
import { writeRequest } from "../../../../support/anthropic_chat.ts";

const OLD = "claude-sonnet-4-5";
const NEW = "claude-opus-5-5";
const text = (words: string): ChatPart => ({ kind: "text", text: words });
const user = (...parts: ChatPart[]): ChatTurn => ({ role: "user", parts });
const assistant = (...parts: ChatPart[]): ChatTurn => ({ role: "assistant", parts });
const system = (words: string): ChatTurn => ({ role: "system", parts: [text(words)] });
const call = (id: string): ChatPart => ({ kind: "tool_call", id, name: "f", arguments: "{}" });
const result = (callId: string): ChatPart => ({ kind: "tool_result", callId, parts: [], isError: false });

/** Messages in short: `role:block,block`. */
function short(turns: readonly ChatTurn[], model = OLD): [string[], readonly string[]] {
  const { body, dropped } = writeRequest({ turns }, model);
  const messages = body.messages as { role: string; content: string | Record<string, string>[] }[];
  const written = messages.map(({ role, content }) => {
    const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
    const words = blocks.map((block) => block.type === "text" ? `"${block.text}"` : `${block.type}`);
    return `${role}: ${words.join(", ")}`;
  });
  return [written, dropped];
}

Deno.test("turns of one role are one message, and what tools gave back stands first in it", () => {
  const turns = [
    user(text("a")),
    user(text("b")),
    assistant(text("c")),
    assistant(call("1"), call("2")),
    user(text("d"), result("1")),
    user(result("2")),
  ];
  assert.deepEqual(short(turns), [[
    'user: "a", "b"',
    'assistant: "c", tool_use, tool_use',
    'user: tool_result, tool_result, "d"',
  ], []]);
});

Deno.test("nothing empty is sent, and turns left empty go", () => {
  const foreign = { format: "gemini_generate", value: "x" };
  const turns = [
    user(text("a"), text("")),
    assistant({ kind: "reasoning", text: "thought", signature: foreign }),
    user(text("  ")),
    assistant(text("")),
    user(text("b")),
  ];
  assert.deepEqual(short(turns), [['user: "a", "b"'], ["reasoningText", "reasoningSignature"]]);
});

Deno.test("an instruction in the middle stays one where the model takes it: right after a user's turn", () => {
  assert.deepEqual(
    short([user(text("a")), system("s"), assistant(text("b")), user(text("c")), system("t")], NEW),
    [
      ['user: "a"', 'system: "s"', 'assistant: "b"', 'user: "c"', 'system: "t"'],
      [],
    ],
  );
  const folded = '"<system_instruction>\ns\n</system_instruction>"';
  assert.deepEqual(short([user(text("a")), assistant(text("b")), system("s"), user(text("c"))], NEW), [
    ['user: "a"', 'assistant: "b"', `user: ${folded}, "c"`],
    ["systemPosition"],
  ]);
  assert.deepEqual(short([user(text("a")), system("s"), assistant(text("b")), user(text("c"))], OLD), [
    ['user: "a"', 'assistant: "b"', `user: ${folded}, "c"`],
    ["systemPosition"],
  ]);
  assert.deepEqual(short([user(text("a")), system("s")], OLD), [[`user: "a", ${folded}`], [
    "systemPosition",
  ]]);
});

Deno.test("an instruction never comes between calls and what they gave back", () => {
  const turns = [
    user(text("a")),
    assistant(call("1"), call("2")),
    user(result("1")),
    system("s"),
    user(result("2")),
  ];
  for (const model of [OLD, NEW]) {
    assert.deepEqual(short(turns, model)[0], [
      'user: "a"',
      "assistant: tool_use, tool_use",
      'user: tool_result, tool_result, "<system_instruction>\ns\n</system_instruction>"',
    ]);
  }
});

Deno.test("a user opens the conversation, thoughts lead their turn, names are told as lost", () => {
  const own = { format: "anthropic_messages", value: "EqoB" };
  const thought: ChatPart = { kind: "reasoning", text: "t", signature: own };
  assert.deepEqual(
    short([assistant(text("a")), user(text("b")), assistant(text("c"), thought), user(text("d"))])[0],
    [
      'user: "(The conversation begins.)"',
      'assistant: "a"',
      'user: "b"',
      'assistant: thinking, "c"',
      'user: "d"',
    ],
  );
  assert.deepEqual(short([{ ...user(text("a")), name: "Ann" }])[1], ["speakerName"]);
  const { body } = writeRequest({ turns: [], system: [{ kind: "text", text: "Do it." }] });
  assert.deepEqual([body.system, body.messages], [undefined, [{ role: "user", content: "Do it." }]]);
});

Deno.test("whatever the turns, the messages keep the vendor's rules", () => {
  const part = fc.oneof(
    fc.constantFrom("", " ", "x").map(text),
    fc.constantFrom("1", "2").map(call),
    fc.constantFrom("1", "2").map(result),
    fc.constantFrom("anthropic_messages", "gemini_generate").map((format): ChatPart => ({
      kind: "reasoning",
      text: "t",
      signature: { format, value: "v" },
    })),
  );
  const turn = fc.record({
    role: fc.constantFrom("user", "assistant", "system"),
    parts: fc.array(part, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(turn, { minLength: 1, maxLength: 8 }), fc.constantFrom(OLD, NEW), (turns, model) => {
      const fitting = turns.map(({ role, parts }): ChatTurn => ({
        role,
        parts: parts.filter(({ kind }) =>
          kind === "text" ||
          (role === "assistant" ? kind !== "tool_result" : role === "user" && kind === "tool_result")
        ),
      }));
      const { body } = writeRequest({ turns: [...fitting, user(text("end"))] }, model);
      const messages = body.messages as {
        role: string;
        content: string | { type: string; text?: string }[];
      }[];
      assert.equal(messages[0]?.role, "user");
      for (const [at, { role, content }] of messages.entries()) {
        assert.notEqual(role, messages[at - 1]?.role);
        if (role === "system") assert.equal(messages[at - 1]?.role, "user");
        assert.ok(content.length > 0);
        if (typeof content === "string") continue;
        assert.ok(content.every((block) => block.type !== "text" || block.text !== ""));
        const results = content.findLastIndex(({ type }) => type === "tool_result");
        assert.ok(content.slice(0, results + 1).every(({ type }) => type === "tool_result"));
        const isThought = content.map(({ type }) => type === "thinking");
        assert.ok(!isThought.includes(true) || isThought[0] === true);
      }
    }),
  );
});
