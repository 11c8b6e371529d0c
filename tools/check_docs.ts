/**
 * The documentation part of `deno task check`: every relative link leads to a file (and heading) that exists, and both
 * READMEs say the same. Exits 0, or 3 after naming everything that is wrong.
 * @module
 */

import { EXIT } from "../src/cli/exit_codes.ts";
import { compareTranslations, type Markdown, readMarkdown } from "./markdown.ts";

/** Pages that say the same in two languages. */
const TRANSLATIONS: readonly (readonly [string, string])[] = [["README.md", "README.zh-CN.md"]];

const root = new URL("../", import.meta.url);

function listFiles(folder: string, ending: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) return listFiles(`${path}/`, ending);
    return path.endsWith(ending) ? [path] : [];
  }).sort();
}

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function checkLinks(pages: ReadonlyMap<string, Markdown>): string[] {
  const findings: string[] = [];
  for (const [path, page] of pages) {
    for (const { line, target } of page.links) {
      const [file = "", anchor] = target.split("#");
      const url = file === "" ? new URL(path, root) : new URL(file, new URL(path, root));
      if (!exists(url)) findings.push(`${path}:${line}: '${target}' leads to no file`);
      const linked = pages.get(url.href.slice(root.href.length));
      if (
        anchor !== undefined && linked !== undefined && !linked.anchors.includes(decodeURIComponent(anchor))
      ) {
        findings.push(`${path}:${line}: '${target}' leads to no heading`);
      }
    }
  }
  return findings;
}

async function main(): Promise<number> {
  const markdownPaths = [
    ...[...Deno.readDirSync(root)].map((entry) => entry.name).filter((name) => name.endsWith(".md")),
    ...listFiles("docs/", ".md"),
  ];
  const pages = new Map(
    markdownPaths.map((path) => [path, readMarkdown(Deno.readTextFileSync(new URL(path, root)))]),
  );
  const findings = checkLinks(pages);
  for (const [one, other] of TRANSLATIONS) {
    const [a, b] = [pages.get(one), pages.get(other)];
    if (a === undefined || b === undefined) findings.push(`${one} and ${other}: both are needed`);
    else findings.push(...compareTranslations(a, b).map((finding) => `${one}, ${other}: ${finding}`));
  }
  const closing = findings.length === 0 ? `${pages.size} pages checked` : findings.join("\n");
  await Deno.stdout.write(new TextEncoder().encode(`${closing}\n`));
  return findings.length === 0 ? EXIT.ok : EXIT.testFailed;
}

if (import.meta.main) Deno.exit(await main());
