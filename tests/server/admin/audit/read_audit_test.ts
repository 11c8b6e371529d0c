import assert from "node:assert/strict";
import { join } from "node:path";
import { readAudit } from "../../../../src/server/admin/audit/read_audit.ts";

const idOf = (index: number) => `019a0000-0000-7000-8000-${String(index).padStart(12, "0")}`;
const lineOf = (index: number) => JSON.stringify({ id: idOf(index), outcome: "ok" });

Deno.test("the audit is read newest first through its rotated files, page by page, past torn lines", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const write = (name: string, lines: string[]) =>
      Deno.writeTextFile(join(directory, name), lines.join("\n"));
    await write("audit-20260101T000000-9.jsonl", [lineOf(1), lineOf(2)]);
    await write("audit-20260101T000000-10.jsonl", [lineOf(3), '{"id":"019a', ""]);
    await write("audit-20260102T000000-1.jsonl", [lineOf(4)]);
    await write("audit.jsonl", [lineOf(5), lineOf(6).slice(0, -4)]);
    await write("alerts.jsonl", [lineOf(7)]);
    const page = async (before: string | undefined) =>
      (await readAudit(directory, { before, limit: 3 })).map(({ id }) => id);
    assert.deepEqual(await page(undefined), [5, 4, 3].map(idOf));
    assert.deepEqual(await page(idOf(3)), [2, 1].map(idOf));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("without any file there are no entries", async () => {
  assert.deepEqual(await readAudit("/nowhere/at/all", { before: undefined, limit: 3 }), []);
});
