import { Document, type Path, type Range } from "./text/document.ts";
import { Excerpt, isPlainName } from "./text/excerpt.ts";

/** Something in a config that must (or, as a warning, should) be changed. Never holds a value of the config. */
export interface Problem {
  /** `pools[0].keys[1]`; empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it, where that is not plain from the message. */
  readonly hint: string | undefined;
}

/** Most problems told of one config; past it they are counted only. */
const MAX_PROBLEMS = 100;

/** A config that cannot be used: every problem found in it, in the order of the text. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** The file's name, as it was given. */
  readonly file: string;
  /** At least one; at most 100. */
  readonly problems: readonly Problem[];
  /** How many were found in all. */
  readonly count: number;
  /** Digests of the files that were read for it, as in `LoadedFiles.files`; empty when it was not read from a file. */
  files: ReadonlyMap<string, string> = new Map();
  readonly #report: Report;

  constructor(report: Report) {
    const problems = report.problems;
    const first = problems[0];
    const count = report.problemCount;
    const more = count > 1 ? ` (and ${count - 1} more)` : "";
    super(first === undefined ? `${report.file}: invalid` : `${problemLine(report.file, first)}${more}`);
    this.file = report.file;
    this.problems = problems;
    this.count = count;
    this.#report = report;
  }

  /** All problems for a person to read: place, text, the line of the file with carets, secrets masked. */
  explain(): string {
    return this.#report.explain("problems");
  }
}

/** `config.jsonc:12:5  pools[0].provder: unknown member; did you mean "provider"?` */
export function problemLine(file: string, problem: Problem): string {
  const path = problem.path === "" ? "" : `${problem.path}: `;
  const hint = problem.hint === undefined ? "" : `; ${problem.hint}`;
  return `${file}:${problem.line}:${problem.column}  ${path}${problem.message}${hint}`;
}

/** Which end of a member a problem points at. */
export type Pointing = "value" | "name";

interface Placed {
  readonly problem: Problem;
  readonly range: Range;
}

/** Collects what is wrong with one document while it is read. */
export class Report {
  /** The file's name, as problems show it. */
  readonly file: string;
  readonly #document: Document;
  readonly #problems: Placed[] = [];
  readonly #warnings: Placed[] = [];

  constructor(file: string, document: Document) {
    this.file = file;
    this.#document = document;
    for (const { offset, length, path, message } of document.problems) {
      this.#problems.push(this.#placed(path, { offset, length }, message, undefined));
    }
  }

  /** Notes an error at `path`. */
  problem(path: Path, message: string, hint?: string, pointing: Pointing = "value"): void {
    this.#problems.push(this.#placed(path, this.#range(path, pointing), message, hint));
  }

  /** Notes something that works but is hardly meant. */
  warn(path: Path, message: string, hint?: string): void {
    this.#warnings.push(this.#placed(path, this.#range(path, "value"), message, hint));
  }

  /** Line and column of the value at `path`. */
  position(path: Path): { readonly line: number; readonly column: number } {
    return this.#document.source.position(this.#range(path, "value").offset);
  }

  /** How many errors were noted. */
  get problemCount(): number {
    return this.#problems.length;
  }

  /** The first errors, in the order of the text. */
  get problems(): readonly Problem[] {
    return inOrder(this.#problems).slice(0, MAX_PROBLEMS).map(({ problem }) => problem);
  }

  /** The first warnings, in the order of the text. */
  get warnings(): readonly Problem[] {
    return inOrder(this.#warnings).slice(0, MAX_PROBLEMS).map(({ problem }) => problem);
  }

  /** Errors or warnings for a person to read, with excerpts; empty when there are none. */
  explain(which: "problems" | "warnings"): string {
    const placed = inOrder(which === "problems" ? this.#problems : this.#warnings);
    const excerpt = new Excerpt(this.#document.source, this.#document.readable);
    const shown = placed.slice(0, MAX_PROBLEMS).map(({ problem, range }) =>
      `${problemLine(this.file, problem)}\n${excerpt.show(range)}\n`
    );
    const left = placed.length - shown.length;
    return shown.join("\n") + (left > 0 ? `\nand ${left} more\n` : "");
  }

  #range(path: Path, pointing: Pointing): Range {
    const name = pointing === "name" ? this.#document.nameRange(path) : undefined;
    return name ?? this.#document.valueRange(path);
  }

  #placed(path: Path, range: Range, message: string, hint: string | undefined): Placed {
    const { line, column } = this.#document.source.position(range.offset);
    return { problem: { path: shownPath(path), line, column, message, hint }, range };
  }
}

function inOrder(placed: readonly Placed[]): readonly Placed[] {
  return placed.toSorted((a, b) => a.range.offset - b.range.offset);
}

/** A path as people write it. A name that may be a misplaced value is masked. */
export function shownPath(path: Path): string {
  return path.map((step, at) => {
    if (typeof step === "number") return `[${step}]`;
    const name = isPlainName(step) ? step : "***";
    return at === 0 ? name : `.${name}`;
  }).join("");
}
