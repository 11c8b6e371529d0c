import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { compressFile } from "../../../src/recording/files/compress.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const never = new AbortController().signal;

Deno.test("a file becomes .gz with the same bytes, private, and the plain one goes", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "20260101_00.jsonl");
  const text = "{}\n".repeat(500_000);
  await Deno.writeTextFile(path, text);
  await compressFile(path, (create) => create(), never);
  assert.equal(gunzipSync(await Deno.readFile(`${path}.gz`)).toString(), text);
  assert.equal(((await Deno.stat(`${path}.gz`)).mode ?? 0) & 0o777, 0o600);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  await assert.rejects(Deno.stat(`${path}.gz.tmp`), Deno.errors.NotFound);
});

Deno.test("a stop in the middle leaves the plain file alone and nothing else", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "20260101_00.jsonl");
  await Deno.writeTextFile(path, "{}\n".repeat(500_000));
  const stop = new AbortController();
  const claim = async (create: () => Promise<Deno.FsFile>) => {
    const file = await create();
    stop.abort();
    return file;
  };
  await assert.rejects(compressFile(path, claim, stop.signal));
  const names = (await Array.fromAsync(Deno.readDir(folder.path))).map((entry) => entry.name);
  assert.deepEqual(names, ["20260101_00.jsonl"]);
  assert.equal((await Deno.stat(path)).size, 1_500_000);
});

Deno.test("a plain file left beside its finished .gz by a crash is deleted, the .gz stays", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "20260101_00.jsonl");
  await Deno.writeTextFile(path, "plain");
  await Deno.writeTextFile(`${path}.gz`, "compressed");
  await compressFile(path, (create) => create(), never);
  assert.equal(await Deno.readTextFile(`${path}.gz`), "compressed");
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});
