import assert from "node:assert/strict";
import { isInstruction } from "../../../src/balancing/affinity/turn_role.ts";

/** Asks with other bytes around the turn, which must not matter. */
function instructs(turn: string): boolean {
  const before = '{"role":"user","content":"x"} , ';
  const bytes = new TextEncoder().encode(`${before}${turn},{"role":"system"}`);
  const start = before.length;
  return isInstruction(bytes, { start, end: start + new TextEncoder().encode(turn).length });
}

const long = "word ".repeat(100);

Deno.test("an instruction is known by its role, wherever SDKs write it", () => {
  for (
    const turn of [
      '{"role":"system","content":"Be brief."}',
      `{ "role" : "developer" , "content" : "${long}" }`,
      '{"type":"message","role":"developer","content":[{"type":"input_text","text":"x"}]}',
      '{"type":"message","id":"msg_1","role":"system","content":"x"}',
      `{"content":"${long}","role":"system"}`,
      `{"content":"${long}",\n  "role": "system"\n}`,
    ]
  ) assert.equal(instructs(turn), true, turn);
});

Deno.test("everything else is a turn of the conversation", () => {
  for (
    const turn of [
      '{"role":"user","content":"system"}',
      '{"role":"assistant","content":"x","name":"system"}',
      `{"content":"${long}","role":"user"}`,
      `{"content":"${long}","name":"system"}`,
      '{"content":"\\"role\\":\\"system\\"","name":"x"}',
      '{"type":"function_call_output","call_id":"c","output":"role"}',
      '{"type":"reasoning","encrypted_content":"AAAA"}',
      "{}",
      '"system"',
      "[1,2]",
      "7",
      '{"role":7}',
    ]
  ) assert.equal(instructs(turn), false, turn);
});
