import assert from "node:assert/strict";
import { DURATION_PATTERN, formatDuration, parseDurationMs } from "../../../src/config/schema/duration.ts";

Deno.test("durations: every unit is read and written back in its shortest spelling", () => {
  const rows: [string, number, string][] = [
    ["250ms", 250, "250ms"],
    ["30s", 30_000, "30s"],
    ["300s", 300_000, "5m"],
    ["1.5h", 5_400_000, "90m"],
    ["2d", 172_800_000, "2d"],
    ["1.5s", 1500, "1500ms"],
  ];
  for (const [text, durationMs, spelling] of rows) {
    assert.match(text, DURATION_PATTERN);
    assert.equal(parseDurationMs(text), durationMs);
    assert.equal(formatDuration(durationMs), spelling);
  }
});

Deno.test("durations: a number alone, a sign, a space and unknown units are none", () => {
  for (const text of ["30", "-5s", "5 s", "1w", "1M", "s", "", "1e3s", "5s "]) {
    assert.doesNotMatch(text, DURATION_PATTERN);
  }
});
