import assert from "node:assert/strict";
import { tokens } from "../../../src/config/text/tokens.ts";

Deno.test("tokens: kinds and places follow the text", () => {
  const found = [...tokens('{ "a": [1, true], // c\n b }')].map(({ kind, offset }) => `${kind}@${offset}`);
  assert.deepEqual(found, [
    "{@0",
    "string@2",
    ":@5",
    "[@7",
    "number@8",
    ",@9",
    "keyword@11",
    "]@15",
    ",@16",
    "comment@18",
    "unknown@24",
    "}@26",
  ]);
});
