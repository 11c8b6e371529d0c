import assert from "node:assert/strict";

import { ERROR_STATUS } from "../../src/core/errors.ts";

const PAGE = Deno.readTextFileSync(new URL("../../docs/errors.md", import.meta.url));

Deno.test("docs/errors.md lists every code with its status, once, and what to do", () => {
  const rows = [...PAGE.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| ([^|]+) \| ([^|]+) \|$/gm)];
  const listed = rows.map((row) => [row[1], Number(row[2])]).sort();
  assert.deepEqual(listed, Object.entries(ERROR_STATUS).sort());
  for (const [, code, , meaning, advice] of rows) {
    assert.ok((meaning ?? "").length > 10 && (advice ?? "").length > 5, String(code));
  }
});

Deno.test("docs/errors.md is in the order of the statuses, so that a status is found by eye", () => {
  const statuses = [...PAGE.matchAll(/^\| `[a-z_]+` \| (\d{3}) /gm)].map((row) => Number(row[1]));
  assert.deepEqual(statuses, statuses.toSorted((a, b) => a - b));
});
