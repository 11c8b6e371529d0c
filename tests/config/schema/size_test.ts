import assert from "node:assert/strict";
import { formatSize, parseSizeBytes, SIZE_PATTERN } from "../../../src/config/schema/size.ts";

Deno.test("sizes: units are powers of 1024", () => {
  const rows: [string, number, string][] = [
    ["512B", 512, "512B"],
    ["64KB", 65_536, "64KB"],
    ["32MB", 33_554_432, "32MB"],
    ["1.5GB", 1_610_612_736, "1536MB"],
    ["1TB", 1_099_511_627_776, "1TB"],
  ];
  for (const [text, sizeBytes, spelling] of rows) {
    assert.match(text, SIZE_PATTERN);
    assert.equal(parseSizeBytes(text), sizeBytes);
    assert.equal(formatSize(sizeBytes), spelling);
  }
});

Deno.test("sizes: a number alone, lower case, a space and other units are none", () => {
  for (const text of ["64", "64mb", "64 MB", "64MiB", "-1MB", "MB", ""]) {
    assert.doesNotMatch(text, SIZE_PATTERN);
  }
});
