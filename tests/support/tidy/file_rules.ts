import type { Sighting, SourceFacts } from "./source_facts.ts";

/** Longest source file, in lines; `docs/design.md` §4. */
export const MAX_SOURCE_LINES = 300;
/** Longest test file, in lines. */
export const MAX_TEST_LINES = 500;
/** Longest function, in lines. */
export const MAX_FUNCTION_LINES = 70;

/** The one file that may touch clocks, timers and chance. */
const RUNTIME_FILE = "src/core/time/system_runtime.ts";

/** Words that name nothing; `docs/design.md` §2 gives those to use instead. */
const BANNED_WORDS = new Set(
  "channel channels manager managers helper helpers util utils common service services blacklist opts cfg msg"
    .split(" "),
);

/** A banned global: where it may still be used, and what to use instead. */
interface Ban {
  readonly names: readonly string[];
  readonly allowed: (path: string) => boolean;
  readonly instead: string;
}

const BANS: readonly Ban[] = [
  {
    names: [
      "Date",
      "performance",
      "setTimeout",
      "setInterval",
      "setImmediate",
      "Math.random",
      "crypto.randomUUID",
      "crypto.getRandomValues",
      "AbortSignal.timeout",
    ],
    allowed: (path) => path === RUNTIME_FILE,
    instead: "take a Runtime (src/core/runtime.ts), so that a test can turn the clock and replay a seed",
  },
  {
    names: ["console"],
    allowed: (path) => path.startsWith("src/cli/") || path.startsWith("src/core/log"),
    instead: "write to a Log (src/core/log.ts); only the command line talks to the terminal",
  },
  {
    names: ["fetch"],
    allowed: () => false,
    instead: "call through src/upstream/: fetch re-sends a POST behind our back and has no deadlines",
  },
  {
    names: ["Deno.env", "process.env"],
    allowed: (path) => /^(main\.ts$|src\/cli\/)/.test(path) || path === "src/server/start.ts",
    instead: "let the caller hand the value in: the environment is read at the start and nowhere else",
  },
  {
    names: ["Deno.exit", "process.exit"],
    allowed: (path) =>
      path.startsWith("src/cli/") || path.startsWith("src/server/process/") || path === "main.ts",
    instead: "return or throw: only the command line and the signal guards end the process",
  },
];

/** Modules and names that are the banned globals under another name. */
const BANNED_IMPORTS = /^node:(timers|timers\/promises|perf_hooks)$/;
const BANNED_IMPORTED_NAMES = new Set([
  "node:crypto#randomUUID",
  "node:crypto#randomBytes",
  "node:crypto#randomInt",
]);

/** What one file does against the house rules, each as `path:line: what, and what to do instead`. */
export function checkFile(facts: SourceFacts): string[] {
  const at = (sighting: { line: number }, text: string) => `${facts.path}:${sighting.line}: ${text}`;
  const isTest = facts.path.startsWith("tests/");
  const findings = checkSizes(facts, isTest ? MAX_TEST_LINES : MAX_SOURCE_LINES);
  for (const any of facts.anys) {
    findings.push(at(any, "'any' switches the checker off: use 'unknown' and narrow it"));
  }
  for (const name of facts.names) {
    const word = bannedWord(name.text, facts.path);
    if (word !== undefined) {
      findings.push(at(name, `'${name.text}' uses the word '${word}': choose one of docs/design.md §2`));
    }
  }
  if (isTest || facts.path.startsWith("tools/")) return findings;
  for (const { line, text, documented } of facts.exports) {
    if (!documented) findings.push(at({ line }, `'${text}' has no docstring: one sentence of contract`));
  }
  for (const cast of facts.casts) {
    if (!cast.explained) {
      findings.push(at(cast, "a cast without its reason: say in a comment here or above why it holds"));
    }
  }
  return [...findings, ...checkBans(facts, at)];
}

function checkSizes(facts: SourceFacts, maxLines: number): string[] {
  const findings: string[] = [];
  if (facts.lines > maxLines) {
    findings.push(`${facts.path}: ${facts.lines} lines, at most ${maxLines}: split it`);
  }
  for (const { name, line, lines } of facts.functions) {
    if (lines <= MAX_FUNCTION_LINES) continue;
    findings.push(`${facts.path}:${line}: '${name}' has ${lines} lines, at most ${MAX_FUNCTION_LINES}`);
  }
  return findings;
}

function checkBans(facts: SourceFacts, at: (sighting: Sighting, text: string) => string): string[] {
  const findings: string[] = [];
  for (const ban of BANS) {
    if (ban.allowed(facts.path)) continue;
    for (const global of facts.globals) {
      if (ban.names.includes(global.text)) {
        findings.push(at(global, `'${global.text}' is not for here: ${ban.instead}`));
      }
    }
  }
  if (facts.path === RUNTIME_FILE) return findings;
  for (const { line, text } of facts.imports) {
    if (BANNED_IMPORTS.test(text)) {
      findings.push(at({ line, text }, `'${text}' is not for here: take a Runtime`));
    }
  }
  for (const { line, text } of facts.importedNames) {
    if (BANNED_IMPORTED_NAMES.has(text)) {
      findings.push(at({ line, text }, `'${text}' is not for here: take a Runtime`));
    }
  }
  return findings;
}

/** The banned word in a name, if any: names are cut at capitals and underscores. */
function bannedWord(name: string, path: string): string | undefined {
  // A log has channels: the one thing that design §2 lets be called so, in files that make or configure logs.
  const speaksOfLogs = /(^|[/_])logs?([/_.]|$)/.test(path) || path.startsWith("src/config/");
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().split("_");
  return words.find((word) => BANNED_WORDS.has(word) && !(speaksOfLogs && word.startsWith("channel")));
}
