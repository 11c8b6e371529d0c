import assert from "node:assert/strict";
import { schema } from "../../src/cli/schema.ts";
import { talkingIo } from "./talking_io.ts";

Deno.test("schema: prints the committed JSON Schema, byte for byte", async () => {
  const io = talkingIo({});
  assert.equal(await schema([], io), 0);
  assert.equal(io.out(), await Deno.readTextFile(new URL("../../config.schema.json", import.meta.url)));
  assert.equal(io.talk(), "");
});

Deno.test("schema: wrong usage exits 2", async () => {
  const io = talkingIo({});
  assert.equal(await schema(["config.jsonc"], io), 2);
  assert.match(io.talk(), /takes no arguments/);
});
