import assert from "node:assert/strict";

import type { LogFields, LogLine } from "../../../src/core/log.ts";
import { Secret } from "../../../src/core/secret.ts";
import { lineText } from "../../../src/server/logs/line_text.ts";

const TIME_MS = 1_767_225_600_123;

function line(text: string, fields: LogFields = {}): LogLine {
  return { timeMs: TIME_MS, level: "warn", channel: "gateway", text, fields };
}

Deno.test("a JSON line is one object with time, level, channel, text and the fields", () => {
  assert.deepEqual(JSON.parse(lineText(line("Hello", { requestId: "1", waitMs: 5 }), "json")), {
    time: "2026-01-01T00:00:00.123Z",
    level: "warn",
    channel: "gateway",
    text: "Hello",
    requestId: "1",
    waitMs: 5,
  });
});

Deno.test("a field cannot speak for the log itself", () => {
  const spoken = JSON.parse(
    lineText(line("Real", { text: "forged", level: "error", time: "never" }), "json"),
  );
  assert.deepEqual([spoken.text, spoken.level, spoken.time], ["Real", "warn", "2026-01-01T00:00:00.123Z"]);
});

Deno.test("a readable line has clock, level, channel, text and fields, coloured only when asked", () => {
  const plain = lineText(line("Upstream is slow", { pool: "openai", note: "two words" }), "plain");
  assert.equal(plain, '00:00:00.123 WARN  gateway: Upstream is slow pool=openai note="two words"');
  const coloured = lineText(line("Upstream is slow"), "coloured");
  // deno-lint-ignore no-control-regex
  assert.equal(coloured.replace(/\x1b\[\d+m/g, ""), "00:00:00.123 WARN  gateway: Upstream is slow");
  assert.notEqual(coloured, plain);
});

Deno.test("no text and no field can end a line, move the cursor or turn the reading order, in any style", () => {
  const evil = "a\nb\r\x1b[2Jc\u0085\u2028d\u202ee\u2066f\u0000\u007f\u009b";
  for (const style of ["plain", "json"] as const) {
    const text = lineText(line(evil, { [evil]: evil, list: [evil], nested: { evil } }), style);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/, style);
  }
  assert.equal(JSON.parse(lineText(line(evil), "json")).text, evil, "JSON readers get the text back");
});

Deno.test("anything can be a field: errors, big numbers, circles, secrets, nothing", () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  assert.match(lineText(line("x", { circle }), "json"), /unprintable/);
  const spoken = JSON.parse(lineText(
    line("x", {
      fault: new RangeError("too far"),
      big: 2n ** 70n,
      none: undefined,
      key: new Secret("sk-0123456789abcdef"),
    }),
    "json",
  ));
  assert.equal(spoken.fault.name, "RangeError");
  assert.equal(spoken.fault.message, "too far");
  assert.equal(spoken.big, "1180591620717411303424");
  assert.equal(spoken.key, "***cdef");
  assert.equal("none" in spoken, false);
});

Deno.test("a long text is cut, so that a client cannot fill the log", () => {
  assert.ok(lineText(line("x".repeat(1_000_000), { value: "y".repeat(1_000_000) }), "json").length < 10_000);
});
