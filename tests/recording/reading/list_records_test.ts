import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import fc from "fast-check";
import { listRecords, type RecordFilter } from "../../../src/recording/reading/list_records.ts";

const record = (id: number, more: object = {}) => ({
  ...{
    v: 1,
    id: `r${id}`,
    tenant: id % 2 === 0 ? "even" : "odd",
    model: "m",
    servedModel: null,
    status: 200,
  },
  ...{
    outcome: "ok",
    request: { prompt: "x".repeat(id % 7 * 50_000) },
    response: null,
    usage: null,
    ...more,
  },
});

const linesOf = (ids: readonly number[]) => ids.map((id) => `${JSON.stringify(record(id))}\n`).join("");

async function inFolder(files: Record<string, string | Uint8Array>, body: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "tidegate-list-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      if (typeof content === "string") await Deno.writeTextFile(join(folder, name), content);
      else await Deno.writeFile(join(folder, name), content);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function all(
  folder: string,
  limit: number,
  more: { hour?: string; filter?: RecordFilter } = {},
): Promise<unknown[]> {
  const ids: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await listRecords(folder, { hour: undefined, filter: {}, ...more, cursor, limit });
    assert.ok(page.records.length <= limit);
    ids.push(...page.records.map((one) => one["id"]));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return ids;
}

Deno.test("records are listed newest first over plain and compressed hours, once each, whatever the page size", async () => {
  const files = {
    "20260101_10.jsonl.gz": gzipSync(linesOf([1, 2, 3, 4])),
    "20260101_11.jsonl.gz": gzipSync(linesOf([5, 6])),
    "20260101_11_2.jsonl": linesOf([7, 8, 9]),
    "20260101_12.jsonl": `${linesOf([10, 11, 12, 13, 14])}{"v":1,"id":"torn`,
  };
  await inFolder(files, async (folder) => {
    const expected = Array.from({ length: 14 }, (_, index) => `r${14 - index}`);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), async (limit) => {
        assert.deepEqual(await all(folder, limit), expected);
      }),
      { numRuns: 12 },
    );
    assert.deepEqual(await all(folder, 2, { hour: "20260101_11" }), ["r9", "r8", "r7", "r6", "r5"]);
    assert.deepEqual(await all(folder, 3, { filter: { tenant: "odd", status: 200 } }), [
      ...["r13", "r11", "r9", "r7", "r5", "r3", "r1"],
    ]);
    assert.deepEqual(await all(folder, 3, { filter: { outcome: "truncated" } }), []);
  });
});

Deno.test("a listed record has all its members but the bodies, also one whose body is too deep to be looked through", async () => {
  const deep = "[".repeat(200) + "]".repeat(200);
  const text = `{"v":1,"id":"deep","status":200,"request":${deep},"response":null,"usage":null}\n${
    linesOf([6])
  }`;
  await inFolder({ "20260101_10.jsonl": text }, async (folder) => {
    const { records } = await listRecords(folder, {
      ...{ hour: undefined, cursor: undefined, filter: {}, limit: 5 },
    });
    const { request: _request, response: _response, ...whole } = record(6);
    assert.deepEqual(records, [whole, { v: 1, id: "deep", status: 200 }]);
  });
});

Deno.test("lines that are no records, and files that are damaged, are passed over and told", async () => {
  const files = {
    "20260101_10.jsonl.gz": new Uint8Array([1, 2, 3]),
    "20260101_11.jsonl": `nonsense\n\n[1]\n${linesOf([1])}`,
  };
  await inFolder(files, async (folder) => {
    const page = await listRecords(folder, { hour: undefined, cursor: undefined, filter: {}, limit: 5 });
    assert.deepEqual(page.records.map((one) => one["id"]), ["r1"]);
    assert.deepEqual(page.unread, ["20260101_10.jsonl.gz"]);
  });
  const nothing = await listRecords("/nowhere", { hour: undefined, cursor: undefined, filter: {}, limit: 5 });
  assert.deepEqual(nothing.records, []);
});

Deno.test("a cursor that is none, or whose file was compressed meanwhile, is refused", async () => {
  await inFolder({ "20260101_10.jsonl.gz": gzipSync(linesOf([1, 2])) }, async (folder) => {
    for (const cursor of ["", "x", "20260101_10.1p5"]) {
      await assert.rejects(
        listRecords(folder, { hour: undefined, cursor, filter: {}, limit: 5 }),
        RangeError,
        cursor,
      );
    }
  });
});
