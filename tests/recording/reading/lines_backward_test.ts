import assert from "node:assert/strict";
import fc from "fast-check";
import { linesBackward } from "../../../src/recording/reading/lines_backward.ts";

Deno.test("the lines read from behind are those of the file, wherever blocks and long lines fall", async () => {
  const path = await Deno.makeTempFile();
  const line = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 600_000 })).map((length) => "x".repeat(length));
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.string({ unit: "grapheme-ascii" }),
        async (lines, torn) => {
          await Deno.writeTextFile(path, lines.map((one) => `${one}\n`).join("") + torn.replaceAll("\n", ""));
          const { size } = await Deno.stat(path);
          const found: (number | undefined)[] = [];
          for await (const { bytes } of linesBackward(path, size, 500_000)) found.push(bytes?.length);
          const wanted = lines.map(({ length }) => length > 500_000 ? undefined : length);
          assert.deepEqual(found.toReversed(), wanted);
        },
      ),
      { numRuns: 30 },
    );
  } finally {
    await Deno.remove(path);
  }
});
