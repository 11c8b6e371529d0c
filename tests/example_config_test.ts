import assert from "node:assert/strict";
import { loadConfig } from "../src/config/load.ts";

const EXAMPLE = await Deno.readTextFile(new URL("../config.example.jsonc", import.meta.url));

interface Block {
  readonly name: string;
  /** Indexes of its first line and of the line after its last. */
  readonly from: number;
  readonly to: number;
}

/** The blocks between `// block: NAME` and `// end`. */
function blocksOf(lines: readonly string[]): Block[] {
  const starts = lines.flatMap((line, at) => line.trim().startsWith("// block: ") ? [at] : []);
  return starts.map((at) => ({
    name: lines[at]?.trim() ?? "",
    from: at + 1,
    to: lines.findIndex((line, end) => end > at && line.trim() === "// end"),
  }));
}

/** The example with the lines of these blocks put in force. */
function uncommented(lines: readonly string[], blocks: readonly Block[]): string {
  const inside = (at: number) => blocks.some(({ from, to }) => at >= from && at < to);
  return lines.map((line, at) => inside(at) ? line.replace(/^(\s*)\/\/ ?/, "$1") : line).join("\n");
}

/** Loads a variant with every secret it names at hand; a warning is a failure: an example must not be doubtful. */
function load(text: string) {
  let number = 0;
  const loaded = loadConfig({
    text,
    file: "config.example.jsonc",
    env: (name) =>
      name.endsWith("_URL")
        ? `https://hooks.example.com/${number++}`
        : `sk-example-of-a-long-enough-key-${number++}`.replace("example", "test"),
    readSecretFile: () => `sk-from-a-file-long-enough-${number++}\n`,
  });
  assert.equal(loaded.warningsText(), "");
  assert.deepEqual(loaded.missing, []);
  return loaded.config;
}

const LINES = EXAMPLE.split("\n");
const BLOCKS = blocksOf(LINES);

Deno.test("example config: works as it stands", () => {
  const config = load(EXAMPLE);
  assert.deepEqual(config.pools.map((pool) => pool.name), ["openai", "simulated"]);
});

Deno.test("example config: has its blocks, each closed", () => {
  assert.ok(BLOCKS.length >= 14, "the blocks are found at all");
  for (const { name, from, to } of BLOCKS) assert.ok(to > from, name);
});

for (const block of BLOCKS) {
  Deno.test(`example config: ${block.name.slice(3)} works once uncommented, and changes the config`, () => {
    assert.notDeepEqual(load(uncommented(LINES, [block])), load(EXAMPLE));
  });
}

Deno.test("example config: all blocks work together", () => {
  const config = load(uncommented(LINES, BLOCKS));
  const plain = load(EXAMPLE);
  assert.ok(config.pools.length > plain.pools.length && config.routes.length > plain.routes.length);
  assert.ok(config.tenants.length > plain.tenants.length);
});
