import assert from "node:assert/strict";
import { csvField } from "../../../src/core/text/csv_field.ts";

Deno.test("values that CSV could misread stand in quotes, and quotes in them twice", () => {
  const written: Readonly<Record<string, string>> = {
    "": "",
    "plain text; 1.5": "plain text; 1.5",
    "a,b": '"a,b"',
    'say "a"': '"say ""a"""',
    "two\nlines": '"two\nlines"',
    "two\r\nlines": '"two\r\nlines"',
  };
  for (const [text, field] of Object.entries(written)) assert.equal(csvField(text), field);
});
