import * as nodePath from "node:path";
import { Secret } from "../../core/secret.ts";
import { atOnce, type Steps } from "../../core/time/steps.ts";
import type { Report } from "../problem.ts";
import { shownPath } from "../problem.ts";
import type { Path } from "../text/document.ts";
import { type FormerKeys, noteText } from "./keys/former_keys.ts";

/** Longest credential, in characters: more would not fit a header section. */
const MAX_SECRET_LENGTH = 8192;

/** Lines of a key file read between two steps: far less than a millisecond. */
const LINES_A_STEP = 64;

/** Where secrets that are not written out come from. */
export interface SecretSources {
  /** A variable of the environment, or undefined. */
  readonly env: (name: string) => string | undefined;
  /** The text of a key file by its absolute path; throws `Error` whose `name` is Deno's when it cannot be read. */
  readonly readSecretFile: (path: string) => string;
}

/** A secret that the config names and nobody provides: what depends on it is off, everything else serves. */
export interface MissingSecret {
  /** Where the config names it: `pools[0].keys[1]`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  /** `env:NAME` or `file:PATH`, as written. */
  readonly reference: string;
  /** Why it is missing, and what to do. */
  readonly reason: string;
}

/** Turns what a config says of secrets into secrets. Values appear in nothing that it reports. */
export class SecretResolver {
  readonly #sources: SecretSources;
  readonly #report: Report;
  readonly #directory: string;
  readonly #former: FormerKeys | undefined;
  readonly #files = new Map<string, readonly Secret[] | string>();
  readonly #texts = new Set<string>();
  /** What was named and not found. */
  readonly missing: MissingSecret[] = [];

  /** `configFile`: paths in references are relative to its directory. `former`: what was read before need not be read again. */
  constructor(sources: SecretSources, report: Report, configFile: string, former?: FormerKeys) {
    this.#sources = sources;
    this.#report = report;
    this.#former = former;
    this.#directory = nodePath.dirname(nodePath.resolve(configFile));
  }

  /** Absolute paths of all key files that were named. */
  get files(): readonly string[] {
    return [...new Set([...this.#files.keys(), ...this.#texts])];
  }

  /** The secrets behind one text of the config: one, several for a key file, none when it is missing or wrong. */
  resolve(text: string, path: Path): readonly Secret[] {
    return atOnce(this.resolving(text, path));
  }

  /** {@link resolve} in steps: a key file may have fifty thousand lines. */
  *resolving(text: string, path: Path): Steps<readonly Secret[]> {
    if (text.startsWith("env:")) return this.#fromEnvironment(text, path);
    if (text.startsWith("file:")) return yield* this.#fromFile(text, path);
    const fault = secretFault(text);
    if (fault === undefined) return [new Secret(text)];
    this.#report.problem(path, `the key ${fault}`);
    return [];
  }

  /** The whole text behind `file:PATH` or `env:NAME`, or the text itself; undefined, reported as an error, when it is not there. */
  text(reference: string, path: Path): string | undefined {
    if (reference.startsWith("env:")) {
      const name = reference.slice("env:".length);
      const value = this.#sources.env(name);
      if (value === undefined) this.#report.problem(path, `environment variable ${name} is not set`);
      return value;
    }
    if (!reference.startsWith("file:")) return reference;
    const written = reference.slice("file:".length);
    const file = nodePath.resolve(this.#directory, written);
    this.#texts.add(file);
    try {
      return this.#sources.readSecretFile(file);
    } catch (error) {
      this.#report.problem(path, `file ${written} ${unreadable(error)}`);
      return undefined;
    }
  }

  #fromEnvironment(text: string, path: Path): readonly Secret[] {
    const name = text.slice("env:".length);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      this.#report.problem(path, 'is not a variable\'s name; write "env:NAME"');
      return [];
    }
    const value = this.#sources.env(name)?.trim();
    if (value === undefined || value === "") {
      this.#miss(path, text, `environment variable ${name} is not set; set it, or write it into .env`);
      return [];
    }
    const fault = secretFault(value);
    if (fault === undefined) return [new Secret(value)];
    this.#report.problem(path, `the value of ${name} ${fault}`);
    return [];
  }

  *#fromFile(text: string, path: Path): Steps<readonly Secret[]> {
    const written = text.slice("file:".length);
    if (written === "" || written.includes("\0")) {
      this.#report.problem(path, 'names no file; write "file:PATH"');
      return [];
    }
    const file = nodePath.resolve(this.#directory, written);
    let found = this.#files.get(file);
    if (found === undefined) {
      found = yield* this.#read(file, written, path);
      this.#files.set(file, found);
    }
    if (typeof found !== "string") return found;
    if (found !== "") this.#miss(path, text, found);
    return [];
  }

  /** The secrets of a file; a text when it gives none: why it is missing, or nothing when problems were reported. */
  *#read(file: string, written: string, path: Path): Steps<readonly Secret[] | string> {
    let content: string;
    try {
      content = this.#sources.readSecretFile(file);
    } catch (error) {
      return `key file ${written} ${unreadable(error)}`;
    }
    const known = this.#former?.secretsOf(content);
    if (known !== undefined) return known;
    const secrets: Secret[] = [];
    let faults = 0;
    for (const [at, line] of content.replace(/^\uFEFF/, "").split("\n").entries()) {
      if (at % LINES_A_STEP === 0) yield;
      const value = (line.includes("#") ? line.replace(/(?:^|\s)#.*$/, "") : line).trim();
      if (value === "") continue;
      const fault = secretFault(value);
      if (fault === undefined) secrets.push(new Secret(value));
      else {
        faults++;
        this.#report.problem(path, `line ${at + 1} of key file ${written}: the key ${fault}`);
      }
    }
    if (secrets.length > 0) {
      if (faults === 0) noteText(secrets, content);
      return secrets;
    }
    return faults > 0 ? "" : `key file ${written} holds no key; write one a line`;
  }

  #miss(path: Path, reference: string, reason: string): void {
    this.missing.push({ path: shownPath(path), ...this.#report.position(path), reference, reason });
  }
}

function unreadable(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  if (name === "NotFound") return "does not exist";
  if (name === "PermissionDenied" || name === "NotCapable") return "may not be read by this process";
  return "cannot be read";
}

/**
 * Why a text cannot be a credential, without repeating it; undefined when it can. Everything but visible ASCII
 * is refused: a header could not carry it, or would carry something else than the vendor gave out (line
 * breaks, zero-width characters and curly quotes come along when keys are copied from web pages and chats).
 */
export function secretFault(value: string): string | undefined {
  if (value === "") return "is empty";
  if (value.length > MAX_SECRET_LENGTH) return `is longer than ${MAX_SECRET_LENGTH} characters`;
  const quoted = /^(["'`]).*\1$/.test(value);
  if (quoted) return "stands in quotes of its own; leave them out";
  const at = value.search(/[^!-~]/);
  if (at < 0) return undefined;
  const place = `at character ${at + 1}`;
  const wrong = value[at] ?? "";
  if (/[\u2018-\u201f]/.test(wrong)) return `holds a curly quote ${place}; copy it anew`;
  if (/[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/.test(wrong)) {
    return `holds an invisible character ${place}; copy it anew`;
  }
  if (/\s/.test(wrong)) return `holds white space ${place}; a key has none`;
  return `holds a character ${place} that a key cannot have; copy it anew`;
}
