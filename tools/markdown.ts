/** The skeleton of a Markdown page: what two translations must share, and where its links lead. */
export interface Markdown {
  /** Heading levels in order. */
  readonly headings: readonly number[];
  /** Fenced blocks: the language and the lines, without comments, which may be translated. */
  readonly blocks: readonly { readonly language: string; readonly lines: readonly string[] }[];
  /** Targets of inline links and images, outside code, without those that lead to other sites. */
  readonly links: readonly { readonly line: number; readonly target: string }[];
  /** Anchors that headings make, as GitHub spells them. */
  readonly anchors: readonly string[];
}

/** Reads the parts of CommonMark that our pages use: ATX headings, backtick fences, inline links. */
export function readMarkdown(text: string): Markdown {
  const headings: number[] = [];
  const anchors: string[] = [];
  const links: { line: number; target: string }[] = [];
  const blocks: { language: string; lines: string[] }[] = [];
  let block: { language: string; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (fence !== null) {
      if (block !== undefined) blocks.push(block);
      block = block === undefined ? { language: (fence[1] ?? "").trim(), lines: [] } : undefined;
      continue;
    }
    if (block !== undefined) {
      const code = line.replace(/(^|\s)(\/\/|#)\s.*$/, "").trim();
      if (code !== "") block.lines.push(code);
      continue;
    }
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (heading !== null) {
      headings.push((heading[1] ?? "").length);
      anchors.push(anchorOf(heading[2] ?? ""));
    }
    for (const link of line.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)) {
      const target = link[1] ?? "";
      if (!/^[a-z]+:/.test(target)) links.push({ line: index + 1, target });
    }
  }
  return { headings, blocks, links, anchors };
}

/** How two translations of one page differ in structure; empty when they do not. */
export function compareTranslations(one: Markdown, other: Markdown): string[] {
  const findings: string[] = [];
  if (one.headings.join() !== other.headings.join()) {
    findings.push(`headings differ: levels ${one.headings.join(" ")} and ${other.headings.join(" ")}`);
  }
  const count = Math.max(one.blocks.length, other.blocks.length);
  for (let index = 0; index < count; index++) {
    const [a, b] = [one.blocks[index], other.blocks[index]];
    if (a?.language === b?.language && a?.lines.join("\n") === b?.lines.join("\n")) continue;
    findings.push(
      `code block ${index + 1} (${a?.language ?? "missing"} and ${b?.language ?? "missing"}) differs`,
    );
  }
  return findings;
}

function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
}
