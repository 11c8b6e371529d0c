import assert from "node:assert/strict";
import {
  checkCircles,
  checkDead,
  checkFolders,
  checkNames,
  checkRanks,
  checkTwins,
  MAX_FOLDER_FILES,
  MAX_TEST_FOLDER_FILES,
  type TreeFile,
} from "./tree_rules.ts";

function file(path: string, ...imports: string[]): TreeFile {
  return { path, imports: imports.map((text, index) => ({ line: index + 1, text })) };
}

Deno.test("an upward import, a same-rank import and one out of the tree are refused", () => {
  const cases: readonly (readonly [TreeFile, RegExp])[] = [
    [
      file("src/core/a.ts", "../gateway/handle.ts"),
      /^src\/core\/a\.ts:1: core \(rank 0\) may not import gateway/,
    ],
    [
      file("src/stores/mod.ts", "node:path", "../formats/mod.ts"),
      /^src\/stores\/mod\.ts:2: .* may not import formats/,
    ],
    [file("src/cli/serve.ts", "../../main.ts"), /may not import main\.ts/],
    [file("src/core/a.ts", "../../tests/support/fake_runtime.ts"), /outside src\//],
    [file("src/extras/a.ts"), /'src\/extras' has no rank/],
  ];
  for (const [bad, expected] of cases) {
    const findings = checkRanks([bad]);
    assert.equal(findings.length, 1);
    assert.match(findings[0] ?? "", expected);
  }
});

Deno.test("imports downward, inside a room, of packages and of data at the root are fine", () => {
  const good = [
    file("main.ts", "./src/cli/serve.ts"),
    file(
      "src/gateway/facts/front.ts",
      "../request_context.ts",
      "../../core/errors.ts",
      "../../formats/mod.ts",
    ),
    file("src/cli/version.ts", "../../deno.json", "node:path", "zod"),
    file("tests/core/a_test.ts", "../../src/core/a.ts"),
  ];
  assert.deepEqual(checkRanks(good), []);
});

Deno.test("an import circle is told with its way round", () => {
  const findings = checkCircles([
    file("src/core/a.ts", "./b.ts"),
    file("src/core/b.ts", "./c.ts", "node:path"),
    file("src/core/c.ts", "./b.ts"),
  ]);
  assert.deepEqual(findings, ["import circle: src/core/b.ts → src/core/c.ts → src/core/b.ts"]);
  assert.deepEqual(checkCircles([file("src/core/a.ts", "./a.ts")]), [
    "import circle: src/core/a.ts → src/core/a.ts",
  ]);
});

Deno.test("a file that two others share is no circle", () => {
  const diamond = [
    file("src/a.ts", "./b.ts", "./c.ts"),
    file("src/b.ts", "./d.ts"),
    file("src/c.ts", "./d.ts"),
  ];
  assert.deepEqual(checkCircles([...diamond, file("src/d.ts")]), []);
});

Deno.test("files the program does not reach are dead, also when they import each other", () => {
  const findings = checkDead([
    file("main.ts", "./src/cli/serve.ts"),
    file("src/cli/serve.ts", "../core/used.ts"),
    file("src/core/used.ts"),
    file("src/core/lost.ts", "./also_lost.ts"),
    file("src/core/also_lost.ts"),
  ]);
  assert.deepEqual(findings.map((finding) => finding.split(":")[0]), [
    "src/core/lost.ts",
    "src/core/also_lost.ts",
  ]);
});

Deno.test("names that are not snake_case or name nothing are refused", () => {
  for (const bad of ["src/core/jsonSpan.ts", "src/core/json-span.ts", "src/Core/a.ts", "src/core/utils.ts"]) {
    assert.equal(checkNames([bad]).length, 1, bad);
  }
  const good = [
    "src/core/bytes/json_span.ts",
    "main.ts",
    "src/console/assets.gen.ts",
    "tests/fixtures/gpt-4o/A.ts",
  ];
  assert.deepEqual(checkNames(good), []);
});

Deno.test("a folder with one file too many is refused", () => {
  const files = (count: number) => Array.from({ length: count }, (_, index) => `src/core/f${index}.ts`);
  assert.deepEqual(checkFolders([...files(MAX_FOLDER_FILES), "src/core/inner/a.ts"]), []);
  assert.equal(checkFolders(files(MAX_FOLDER_FILES + 1)).length, 1);
  const inTests = (count: number) => files(count).map((path) => path.replace("src/", "tests/"));
  assert.deepEqual(checkFolders(inTests(MAX_TEST_FOLDER_FILES)), []);
  assert.equal(checkFolders(inTests(MAX_TEST_FOLDER_FILES + 1)).length, 1);
});

Deno.test("a test without its source is refused, one that mirrors a file or a folder is not", () => {
  const tree = ["src/core/a.ts", "src/formats/openai/chat.ts", "tests/support/fake.ts"];
  const good = [
    "tests/core/a_test.ts",
    "tests/formats/openai_test.ts",
    "tests/formats/openai/chat_test.ts",
    "tests/support/fake_test.ts",
    "tests/integration/failover_test.ts",
    "tests/tidy_test.ts",
  ];
  assert.deepEqual(checkTwins([...tree, ...good]), []);
  for (const bad of ["tests/core/b_test.ts", "tests/gone/a_test.ts", "tests/support/missing_test.ts"]) {
    assert.equal(checkTwins([...tree, bad]).length, 1, bad);
  }
});
