import assert from "node:assert/strict";
import { compareTranslations, readMarkdown } from "../../tools/markdown.ts";

const PAGE = `# Title
See [a](docs/a.md#one-two), \`[not](this.md)\` and [away](https://example.com/).
\`\`\`sh
# A comment
run it  # why
\`\`\`
## One: two!
`;

Deno.test("links, headings and blocks of a page are found, code is left alone", () => {
  const page = readMarkdown(PAGE);
  assert.deepEqual(page.headings, [1, 2]);
  assert.deepEqual(page.anchors, ["title", "one-two"]);
  assert.deepEqual(page.links, [{ line: 2, target: "docs/a.md#one-two" }]);
  assert.deepEqual(page.blocks, [{ language: "sh", lines: ["run it"] }]);
});

Deno.test("a translation may change words and comments and nothing else", () => {
  const page = readMarkdown(PAGE);
  const translated = PAGE.replace("Title", "标题").replace("# A comment", "# 注释").replace("why", "为什么");
  assert.deepEqual(compareTranslations(page, readMarkdown(translated)), []);
  for (
    const changed of [
      PAGE.replace("run it", "run that"),
      PAGE.replace("```sh", "```js"),
      PAGE.replace("## ", "### "),
    ]
  ) {
    assert.equal(compareTranslations(page, readMarkdown(changed)).length, 1, changed);
  }
  assert.match(
    compareTranslations(page, readMarkdown("# Title\n## Two\n"))[0] ?? "",
    /code block 1 \(sh and missing\)/,
  );
});
