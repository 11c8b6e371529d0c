import assert from "node:assert/strict";
import { join } from "node:path";
import { applyRetention } from "../../../src/recording/files/retention.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const NOW_MS = Date.parse("2026-03-10T12:30:00Z");

async function folderWith(folder: string, names: readonly string[]): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of names) await Deno.writeTextFile(join(folder, name), "x".repeat(100));
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name).sort();
}

Deno.test("hours older than keepDays go, in every spelling; foreign files and later hours stay", async () => {
  await using folder = await temporaryFolder();
  const old = ["20260301_11.jsonl", "20260301_10.jsonl.gz", "20260301_10_2.jsonl", "20260228_10.jsonl.torn"];
  const stay = ["20260308_12.jsonl", "20260308_13.jsonl.gz", "notes.txt", "20260301_11.jsonl.bak", "1.jsonl"];
  await folderWith(folder.path, [...old, ...stay]);
  const result = await applyRetention([folder.path], { keepDays: 2, maxTotalBytes: 1e9, nowMs: NOW_MS });
  assert.deepEqual(result, { deletedFiles: 4, deletedBytes: 400 });
  assert.deepEqual(await namesIn(folder.path), stay.toSorted());
});

Deno.test("over the cap the oldest hours of all folders go first, never the current hour nor one ahead", async () => {
  await using folder = await temporaryFolder();
  const records = join(folder.path, "records");
  const training = join(folder.path, "training");
  const names = ["20260310_09.jsonl.gz", "20260310_10.jsonl", "20260310_12.jsonl", "20260310_13.jsonl"];
  await folderWith(records, names);
  await folderWith(training, ["20260310_09.jsonl", "20260310_11.jsonl", "20260310_12.jsonl"]);
  const folders = [records, training, join(folder.path, "missing")];
  await applyRetention(folders, { keepDays: 30, maxTotalBytes: 450, nowMs: NOW_MS });
  assert.deepEqual(await namesIn(records), ["20260310_12.jsonl", "20260310_13.jsonl"]);
  assert.deepEqual(await namesIn(training), ["20260310_11.jsonl", "20260310_12.jsonl"]);
  await applyRetention(folders, { keepDays: 30, maxTotalBytes: 0, nowMs: NOW_MS });
  assert.deepEqual(await namesIn(records), ["20260310_12.jsonl", "20260310_13.jsonl"]);
  assert.deepEqual(await namesIn(training), ["20260310_12.jsonl"]);
});

Deno.test("a clock set back deletes nothing", async () => {
  await using folder = await temporaryFolder();
  await folderWith(folder.path, ["20260310_09.jsonl"]);
  const result = await applyRetention([folder.path], { keepDays: 1, maxTotalBytes: 0, nowMs: 1000 });
  assert.equal(result.deletedFiles, 0);
});
