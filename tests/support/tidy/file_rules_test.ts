import assert from "node:assert/strict";
import { checkFile, MAX_FUNCTION_LINES, MAX_SOURCE_LINES, MAX_TEST_LINES } from "./file_rules.ts";
import { readSourceFacts } from "./source_facts.ts";

/** Findings, without those about docstrings: the snippets here are about other things. */
function check(path: string, source: string): string[] {
  return checkFile(readSourceFacts(path, source)).filter((finding) => !finding.includes("no docstring"));
}

/** Each must be refused at the line given, with a text that names what is wrong. */
const REFUSED: readonly (readonly [source: string, line: number, named: string])[] = [
  ["export const t = Date.now();", 1, "'Date'"],
  ["\n\nexport const t = new Date();", 3, "'Date'"],
  ["export const t = Math.random();", 1, "'Math.random'"],
  ["export const t = performance.now();", 1, "'performance'"],
  ["setTimeout(() => {}, 1);", 1, "'setTimeout'"],
  ["globalThis.setTimeout(() => {}, 1);", 1, "'setTimeout'"],
  ["const later = setInterval;", 1, "'setInterval'"],
  ["export const id = crypto.randomUUID();", 1, "'crypto.randomUUID'"],
  ["crypto.getRandomValues(new Uint8Array(1));", 1, "'crypto.getRandomValues'"],
  ["export const s = AbortSignal.timeout(5);", 1, "'AbortSignal.timeout'"],
  ['import { setTimeout as wait } from "node:timers/promises";', 1, "'node:timers/promises'"],
  ['import { createHash, randomBytes } from "node:crypto";', 1, "'node:crypto#randomBytes'"],
  ['console.log("here");', 1, "'console'"],
  ['await fetch("http://127.0.0.1/");', 1, "'fetch'"],
  ['export const home = Deno.env.get("HOME");', 1, "'Deno.env'"],
  ["Deno.exit(1);", 1, "'Deno.exit'"],
  ["export let x: any;", 1, "'any'"],
  ["export const x = JSON.parse('1') as number;", 1, "cast"],
  ["// Far away.\n\nexport const x = JSON.parse('1') as number;", 3, "cast"],
  ["export const x = (JSON.parse('1') as unknown) as number;", 1, "cast"],
  ["export function poolManager(): void {}", 1, "'manager'"],
  ["export const f = (opts: string) => opts;", 1, "'opts'"],
  ["export class A { #cfg = 1; }", 1, "'cfg'"],
  ["export interface A { readonly keyUtils: string }", 1, "'utils'"],
  ["export const upstreamChannel = 1;", 1, "'channel'"],
  ["// ä 𝄞 ü\nexport const msg = 1;", 2, "'msg'"],
];

Deno.test("each banned thing is refused where it stands", () => {
  for (const [source, line, named] of REFUSED) {
    const findings = check("src/gateway/x.ts", source);
    assert(
      findings.some((finding) => finding.startsWith(`src/gateway/x.ts:${line}: `) && finding.includes(named)),
      `${source}\ngave ${JSON.stringify(findings)}`,
    );
  }
});

/** Each is fine where it stands. */
const ACCEPTED: readonly (readonly [path: string, source: string])[] = [
  [
    "src/core/time/system_runtime.ts",
    "export const now = () => Date.now() + Math.random(); setInterval(now, 1);",
  ],
  ["src/core/log_sink.ts", 'console.error("a line");'],
  ["src/cli/version.ts", 'console.log("0.1.0"); Deno.env.get("NO_COLOR"); Deno.exit(0);'],
  ["src/server/start.ts", 'export const port = Deno.env.get("PORT");'],
  ["src/server/process/signals.ts", "Deno.exit(130);"],
  ["src/server/app.ts", "export const answer = (app: { fetch(): void }) => app.fetch();"],
  ["src/core/runtime.ts", "export interface R { setTimeout(): void; readonly performance: number }"],
  ["src/core/log.ts", "export const channel = 1;"],
  ["src/config/config.ts", "export interface LogFile { readonly channels: readonly string[] }"],
  ["src/gateway/x.ts", "export const T = [1] as const;"],
  ["src/gateway/x.ts", "export const x = JSON.parse('1') as number; // Written one line above by ourselves."],
  ["src/gateway/x.ts", "// Written by ourselves.\nexport const x = JSON.parse('1') as number;"],
  ["src/gateway/x.ts", "export const message = 1, serviceable = { msg: 1 }.msg;"],
  ["src/gateway/x.ts", 'import { helpers as inner } from "hono"; inner.util();'],
  ["tests/gateway/x_test.ts", "const x = JSON.parse('1') as number; setTimeout(() => x, 1);"],
];

Deno.test("what the rules allow is let through", () => {
  for (const [path, source] of ACCEPTED) assert.deepEqual(check(path, source), [], source);
});

Deno.test("a file one line too long is refused, one of just the length is not", () => {
  const lines = (count: number) => "// A line.\n".repeat(count);
  assert.deepEqual(check("src/core/x.ts", lines(MAX_SOURCE_LINES)), []);
  assert.equal(check("src/core/x.ts", lines(MAX_SOURCE_LINES + 1)).length, 1);
  assert.deepEqual(check("tests/core/x_test.ts", lines(MAX_TEST_LINES)), []);
  assert.equal(check("tests/core/x_test.ts", lines(MAX_TEST_LINES + 1)).length, 1);
});

Deno.test("a function one line too long is refused by name, whatever its kind", () => {
  const body = (lines: number) => `{\n${"  // A line.\n".repeat(lines - 2)}}`;
  const kinds = {
    declared: (lines: number) => `export function named() ${body(lines)}`,
    arrow: (lines: number) => `export const named = () => ${body(lines)}`,
    method: (lines: number) => `export class A { named() ${body(lines)} }`,
    callback: (lines: number) => `export const o = { named: () => ${body(lines)} }`,
  };
  for (const [kind, source] of Object.entries(kinds)) {
    assert.deepEqual(check("src/core/x.ts", source(MAX_FUNCTION_LINES)), [], kind);
    const findings = check("src/core/x.ts", source(MAX_FUNCTION_LINES + 1));
    assert.equal(findings.length, 1, kind);
    assert.match(findings[0] ?? "", /'named' has 71 lines/, kind);
  }
});

Deno.test("an export without its docstring is refused by name", () => {
  const undocumented = [
    "export const a = 1;",
    "// Not a docstring.\nexport const a = 1;",
    "/* Neither. */\nexport const a = 1;",
    "/** Of the file. @module */\nexport const a = 1;",
    "/** Of b. */\nconst b = 1;\nexport const a = b;",
  ];
  for (const source of undocumented) {
    const findings = checkFile(readSourceFacts("src/core/x.ts", source));
    assert.equal(findings.length, 1, source);
    assert.match(findings[0] ?? "", /'export const a' has no docstring/);
  }
  const documented = [
    "/** Of a. */\nexport const a = 1;",
    "/** Of a. */\n// deno-lint-ignore no-control-regex\nexport const a = /\\u0000/;",
    'export { a } from "./a.ts";',
    "/** Of f. */\nexport async function f(): Promise<void> {}",
  ];
  for (const source of documented) {
    assert.deepEqual(checkFile(readSourceFacts("src/core/x.ts", source)), [], source);
  }
});

Deno.test("every way to import is seen", () => {
  const source = [
    'import type { A } from "./a.ts";',
    'import b from "b";',
    'export { c } from "./c.ts";',
    'export * from "./d.ts";',
    'export const e = () => import("./e.ts");',
    'export type F = import("./f.ts").F;',
  ].join("\n");
  const seen = readSourceFacts("src/core/x.ts", source).imports;
  assert.deepEqual(
    seen.map(({ line, text }) => [line, text]),
    [[1, "./a.ts"], [2, "b"], [3, "./c.ts"], [4, "./d.ts"], [5, "./e.ts"], [6, "./f.ts"]],
  );
});
