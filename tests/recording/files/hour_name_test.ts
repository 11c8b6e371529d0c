import assert from "node:assert/strict";
import { hourFileName, hourOf, parseHourName } from "../../../src/recording/files/hour_name.ts";

Deno.test("names are of the UTC hour and are read back as they were made", () => {
  const hour = hourOf(Date.parse("2026-01-31T23:59:59.999Z"));
  assert.equal(hour, "20260131_23");
  assert.equal(hourFileName(hour, 1), "20260131_23.jsonl");
  assert.deepEqual(parseHourName(hourFileName(hour, 1)), { hour, part: 1, kind: "plain" });
  assert.deepEqual(parseHourName(`${hourFileName(hour, 12)}.gz`), { hour, part: 12, kind: "compressed" });
  assert.deepEqual(parseHourName(`${hourFileName(hour, 2)}.torn`), { hour, part: 2, kind: "torn" });
});

Deno.test("other names are nobody's hour", () => {
  for (const name of ["", "x.jsonl", "20260131_23.json", "20260131_23.jsonl.gz.tmp", "a20260131_23.jsonl"]) {
    assert.equal(parseHourName(name), undefined);
  }
});
