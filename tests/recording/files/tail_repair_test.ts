import assert from "node:assert/strict";
import { join } from "node:path";
import { repairTail } from "../../../src/recording/files/tail_repair.ts";
import { temporaryFolder } from "./temporary_folder.ts";

Deno.test("a file that ends in a whole line, or is empty, is left as it is", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "x.jsonl");
  for (const text of ["", "a\n", "a\nb\n"]) {
    await Deno.writeTextFile(path, text);
    assert.deepEqual(await repairTail(path), { cutBytes: 0, kept: true });
    assert.equal(await Deno.readTextFile(path), text);
  }
  await assert.rejects(Deno.stat(`${path}.torn`), Deno.errors.NotFound);
});

Deno.test("half a line is moved to .torn, also a long one, and a second one is added there", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "x.jsonl");
  const long = "ä".repeat(200_000);
  await Deno.writeTextFile(path, `a\n${long}`);
  assert.deepEqual(await repairTail(path), { cutBytes: 400_000, kept: true });
  assert.equal(await Deno.readTextFile(path), "a\n");
  await Deno.writeTextFile(path, "no line at all");
  assert.deepEqual(await repairTail(path), { cutBytes: 14, kept: true });
  assert.equal(await Deno.readTextFile(path), "");
  assert.equal(await Deno.readTextFile(`${path}.torn`), `${long}no line at all`);
  assert.equal(((await Deno.stat(`${path}.torn`)).mode ?? 0) & 0o777, 0o600);
});

Deno.test("where .torn cannot be written the file is repaired all the same, and it is said", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "x.jsonl");
  await Deno.writeTextFile(path, "a\nhalf");
  await Deno.mkdir(`${path}.torn`);
  assert.deepEqual(await repairTail(path), { cutBytes: 4, kept: false });
  assert.equal(await Deno.readTextFile(path), "a\n");
});
