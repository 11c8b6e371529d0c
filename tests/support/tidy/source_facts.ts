/** Something in a source file, and where: lines count from 1. */
export interface Sighting {
  readonly line: number;
  readonly text: string;
}

/** A function, with all the lines it spans. */
export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** What the house rules need to know of one TypeScript file, read from its syntax tree. */
export interface SourceFacts {
  /** Path from the repository's root, with `/`. */
  readonly path: string;
  readonly lines: number;
  /** Module specifiers of static, re-exported, dynamic and type imports. */
  readonly imports: readonly Sighting[];
  readonly functions: readonly FunctionFact[];
  /** Casts other than `as const`; `explained` when a comment stands on the cast's line or ends on the line above. */
  readonly casts: readonly (Sighting & { readonly explained: boolean })[];
  readonly anys: readonly Sighting[];
  /** What the file exports by declaring it; `documented` when a docstring stands right before. */
  readonly exports: readonly (Sighting & { readonly documented: boolean })[];
  /** Names that the file itself gives: variables, parameters, functions, types, members. */
  readonly names: readonly Sighting[];
  /** Platform globals it touches, as `name` or `object.member` (`globalThis.x` counts as `x`). */
  readonly globals: readonly Sighting[];
  /** Names taken from `node:crypto` and its like, as `module#name`. */
  readonly importedNames: readonly Sighting[];
}

/** The parts of a syntax node that the rules look at; Deno's own node types are a union of some hundred. */
interface Node {
  readonly type: string;
  readonly range: readonly [number, number];
  readonly parent?: Node;
  readonly name?: string;
  readonly computed?: boolean;
  readonly object?: Node;
  readonly property?: Node;
  readonly key?: Node;
  readonly imported?: Node;
}

/** Globals through which time, chance, the network, the terminal and the environment are reached. */
const WATCHED_GLOBALS = new Set([
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "fetch",
  "console",
]);

const WATCHED_MEMBERS = new Set([
  "Math.random",
  "crypto.randomUUID",
  "crypto.getRandomValues",
  "AbortSignal.timeout",
  "Deno.env",
  "Deno.exit",
  "process.env",
  "process.exit",
]);

/** Where an identifier gives a name, by the type of its parent. */
const NAMING_PARENTS = new Set([
  "VariableDeclarator",
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ClassDeclaration",
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "TSEnumDeclaration",
  "MethodDefinition",
  "PropertyDefinition",
  "TSPropertySignature",
  "TSMethodSignature",
  "AssignmentPattern",
  "RestElement",
]);

/** {@link SourceFacts} while it is being filled. */
type Draft = {
  -readonly [Name in Exclude<keyof SourceFacts, "path" | "lines">]: SourceFacts[Name][number][];
};

/**
 * Reads one file's facts. Works only inside `deno test`: the parser is the linter's, which the runtime lends to
 * tests alone. Throws `SyntaxError` when the file cannot be parsed.
 */
export function readSourceFacts(path: string, source: string): SourceFacts {
  const lineOf = lineFinder(source);
  const facts: Draft = {
    imports: [],
    functions: [],
    casts: [],
    anys: [],
    exports: [],
    names: [],
    globals: [],
    importedNames: [],
  };
  const create = (context: Deno.lint.RuleContext) => ({
    ...importVisitor(lineOf, facts),
    ...declarationVisitor(context.sourceCode, lineOf, facts, source),
    ...castVisitor(context.sourceCode, lineOf, facts),
  });
  Deno.lint.runPlugin({ name: "tidy", rules: { facts: { create } } }, path, source);
  const lines = source.endsWith("\n") ? source.split("\n").length - 1 : source.split("\n").length;
  return { path, lines, ...facts };
}

function importVisitor(lineOf: (offset: number) => number, facts: Draft): Deno.lint.LintVisitor {
  const note = (node: { range: readonly [number, number] }, specifier: unknown) => {
    if (typeof specifier === "string") facts.imports.push({ line: lineOf(node.range[0]), text: specifier });
  };
  return {
    ImportDeclaration: (node) => {
      note(node, node.source.value);
      for (const specifier of node.specifiers) {
        const imported = (specifier as Node).imported?.name;
        if (imported === undefined) continue;
        facts.importedNames.push({ line: lineOf(node.range[0]), text: `${node.source.value}#${imported}` });
      }
    },
    ExportAllDeclaration: (node) => note(node, node.source.value),
    // Under a selector of its own: the plain name is taken by the visitor of declarations.
    "Program > ExportNamedDeclaration": (node: Deno.lint.ExportNamedDeclaration) =>
      note(node, node.source?.value),
    ImportExpression: (node) => note(node, (node.source as { value?: unknown }).value),
    TSImportType: (node) => {
      const argument = (node as unknown as { argument?: { literal?: { value?: unknown } } }).argument;
      note(node, argument?.literal?.value);
    },
  };
}

function declarationVisitor(
  code: Deno.lint.SourceCode,
  lineOf: (offset: number) => number,
  facts: Draft,
  source: string,
): Deno.lint.LintVisitor {
  const measure = (node: Node) => {
    const [start, end] = [lineOf(node.range[0]), lineOf(node.range[1] - 1)];
    facts.functions.push({ name: functionName(node), line: start, lines: end - start + 1 });
  };
  return {
    ExportNamedDeclaration: (node) => {
      if (node.declaration === null) return;
      const [start] = node.range;
      facts.exports.push({
        line: lineOf(start),
        text: code.getText(node).split(/[\n({=]/, 1)[0]?.trim() ?? "",
        documented: code.getAllComments().some((comment) => isDocstringOf(comment, start, source)),
      });
    },
    FunctionDeclaration: (node) => measure(node as unknown as Node),
    FunctionExpression: (node) => measure(node as unknown as Node),
    ArrowFunctionExpression: (node) => measure(node as unknown as Node),
    Identifier: (node) => readIdentifier(node as unknown as Node, lineOf, facts),
    PrivateIdentifier: (node) => {
      const identifier = node as unknown as Node;
      if (NAMING_PARENTS.has(identifier.parent?.type ?? "")) {
        facts.names.push({ line: lineOf(identifier.range[0]), text: identifier.name ?? "" });
      }
    },
  };
}

function castVisitor(
  code: Deno.lint.SourceCode,
  lineOf: (offset: number) => number,
  facts: Draft,
): Deno.lint.LintVisitor {
  // A cast may be explained on its own lines or by a comment that ends on the line above.
  const commentLines = new Set(code.getAllComments().map((comment) => lineOf(comment.range[1] - 1)));
  return {
    TSAnyKeyword: (node) => facts.anys.push({ line: lineOf(node.range[0]), text: "any" }),
    TSAsExpression: (node) => {
      const text = code.getText(node);
      if (text.endsWith("as const")) return;
      const [start, end] = [lineOf(node.range[0]), lineOf(node.range[1] - 1)];
      let explained = commentLines.has(start - 1);
      for (let line = start; line <= end; line++) explained ||= commentLines.has(line);
      facts.casts.push({ line: end, text, explained });
    },
  };
}

function readIdentifier(
  node: Node,
  lineOf: (offset: number) => number,
  facts: Draft,
): void {
  const name = node.name ?? "";
  const parent = node.parent;
  const sighting = (text: string) => ({ line: lineOf(node.range[0]), text });
  if (
    parent?.type === "MemberExpression" && parent.property?.range[0] === node.range[0] && !parent.computed
  ) {
    const owner = parent.object?.name ?? "";
    if (owner === "globalThis" && WATCHED_GLOBALS.has(name)) facts.globals.push(sighting(name));
    if (WATCHED_MEMBERS.has(`${owner}.${name}`)) facts.globals.push(sighting(`${owner}.${name}`));
    return;
  }
  const isKey = parent?.key?.range[0] === node.range[0];
  if (WATCHED_GLOBALS.has(name) && !isKey) facts.globals.push(sighting(name));
  if (NAMING_PARENTS.has(parent?.type ?? "")) facts.names.push(sighting(name));
}

/** Whether a comment documents what starts at `start`: only blanks and line comments may stand between. */
function isDocstringOf(
  comment: { readonly type: string; readonly value: string; readonly range: readonly [number, number] },
  start: number,
  source: string,
): boolean {
  if (comment.type !== "Block" || !comment.value.startsWith("*") || comment.value.includes("@module")) {
    return false;
  }
  return comment.range[1] <= start && /^(\s|\/\/.*\n)*$/.test(source.slice(comment.range[1], start));
}

function functionName(node: Node): string {
  const parent = node.parent as (Node & { readonly id?: Node }) | undefined;
  return (node as Node & { readonly id?: Node }).id?.name ?? parent?.key?.name ?? parent?.id?.name ??
    "a function";
}

/** Offsets to lines: the parser's offsets count UTF-16 units, as strings do. */
function lineFinder(source: string): (offset: number) => number {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
