import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fileLines } from "../../../src/recording/reading/file_lines.ts";
import { RecordTail } from "../../../src/recording/reading/record_tail.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { until } from "../../support/until.ts";
import { temporaryFolder } from "../files/temporary_folder.ts";

const unreadable = (path: string) => assert.fail(`${path} should be readable`);

async function texts(lines: AsyncIterable<Uint8Array>): Promise<string[]> {
  return (await Array.fromAsync(lines)).map((line) => new TextDecoder().decode(line));
}

Deno.test("lines are read whole across chunks, from any line on, and half a line at the end is left out", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "20260101_00.jsonl");
  const long = "ä".repeat(100_000);
  await Deno.writeTextFile(path, `a\n\n${long}\nhalf`);
  assert.deepEqual(await texts(fileLines(path)), ["a", "", long]);
  assert.deepEqual(await texts(fileLines(path, 2)), ["", long]);
});

Deno.test("the last lines come oldest first, across files plain and compressed, each once", async () => {
  await using folder = await temporaryFolder();
  const write = (name: string, text: string) => Deno.writeFile(join(folder.path, name), encode(text));
  await Deno.writeFile(join(folder.path, "20260101_00.jsonl.gz"), gzipSync("1\n2\n3\n"));
  // Left over from a crash between compressing and deleting.
  await write("20260101_00.jsonl", "1\n2\n3\n");
  await write("20260101_00_2.jsonl", "4\n");
  await write("20260101_02.jsonl", `5\n${"6".repeat(600_000)}\n7\n`);
  await write("20260101_02.jsonl.torn", "x\n");
  const last = async (count: number) => await texts(new RecordTail(folder.path).last(count, unreadable));
  assert.deepEqual(await last(0), []);
  assert.deepEqual(await last(1), ["7"]);
  assert.deepEqual((await last(3)).map((line) => line[0]), ["5", "6", "7"]);
  assert.deepEqual((await last(5)).map((line) => line[0]), ["3", "4", "5", "6", "7"]);
  assert.deepEqual((await last(50)).map((line) => line[0]), ["1", "2", "3", "4", "5", "6", "7"]);
});

Deno.test("a damaged file is told and passed over", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "20260101_00.jsonl"), "1\n");
  const damaged = join(folder.path, "20260101_01.jsonl.gz");
  await Deno.writeTextFile(damaged, "no gzip");
  const told: string[] = [];
  assert.deepEqual(await texts(new RecordTail(folder.path).last(5, (path) => told.push(path))), ["1"]);
  assert.deepEqual(told, [damaged]);
});

Deno.test("following gives each line that comes once it is whole, also of the next hour", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "20260101_00.jsonl");
  await Deno.writeTextFile(path, "old\nha");
  const runtime = fakeRuntime();
  const tail = new RecordTail(folder.path);
  assert.deepEqual(await texts(tail.last(0, unreadable)), []);
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const line of tail.follow(runtime, stop.signal)) seen.push(new TextDecoder().decode(line));
  })();
  const untilSeen = (count: number) =>
    until(() => (runtime.advance(250), seen.length >= count), "lines come");
  await Deno.writeTextFile(path, "lf\nnew\n", { append: true });
  await untilSeen(2);
  await Deno.writeTextFile(join(folder.path, "20260101_01.jsonl"), "next hour\n");
  await untilSeen(3);
  await Deno.writeTextFile(path, "late\n", { append: true });
  await untilSeen(4);
  await Deno.writeTextFile(path, "anew\n");
  await untilSeen(5);
  stop.abort();
  await following;
  assert.deepEqual(seen, ["half", "new", "next hour", "late", "anew"]);
});

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
