import assert from "node:assert/strict";
import denoJson from "../deno.json" with { type: "json" };
import { checkFile } from "./support/tidy/file_rules.ts";
import { readTree } from "./support/tidy/tree.ts";
import {
  checkCircles,
  checkDead,
  checkFolders,
  checkNames,
  checkRanks,
  checkTwins,
} from "./support/tidy/tree_rules.ts";

const files = readTree(new URL("../", import.meta.url));
const sources = files.filter((file) => file.path === "main.ts" || file.path.startsWith("src/"));
const paths = files.map((file) => file.path);

/** Packages that only tests may import; every other one is a dependency at run time. */
const TEST_ONLY = new Set([
  ...[
    "openai",
    "@anthropic-ai/sdk",
    "@google/genai",
    "ai",
    "@ai-sdk/openai",
    "@ai-sdk/anthropic",
    "@ai-sdk/google",
  ],
  "fast-check",
]);

function assertNone(findings: readonly string[]): void {
  assert.equal(findings.length, 0, `\n${findings.join("\n")}\n`);
}

Deno.test("the tree is read: the rules would otherwise hold for nothing", () => {
  for (const path of ["src/core/runtime.ts", "tests/tidy_test.ts", "main.ts"]) {
    assert(paths.includes(path), `${path} was not read`);
  }
});

Deno.test("every file keeps the house rules for size, names, casts and platform calls", () => {
  assertNone(files.flatMap(checkFile));
});

Deno.test("imports go down the ranks only", () => assertNone(checkRanks(sources)));

Deno.test("no imports run in a circle", () => assertNone(checkCircles(files)));

Deno.test("the program reaches every source file", () => assertNone(checkDead(sources)));

Deno.test("files and folders are named in snake_case after what they hold", () =>
  assertNone(checkNames(paths)));

Deno.test("no folder holds more files than a reader can take in", () => assertNone(checkFolders(paths)));

Deno.test("every test file mirrors a source", () => assertNone(checkTwins(paths)));

Deno.test("sources import no package but the pinned ones meant for run time", () => {
  const allowed = Object.keys(denoJson.imports).filter((name) => !TEST_ONLY.has(name));
  const foreign = sources.flatMap((file) =>
    file.imports.filter(({ text }) =>
      !/^(\.|node:)/.test(text) && !allowed.some((name) => isPartOf(text, name))
    )
      .map(({ line, text }) => `${file.path}:${line}: imports '${text}'`)
  );
  assertNone(foreign);
});

function isPartOf(specifier: string, packageName: string): boolean {
  return specifier === packageName || specifier.startsWith(`${packageName}/`);
}
