import { dirname, isAbsolute, relative, resolve } from "node:path";
import { diffConfigs } from "../../../config/diff.ts";
import { environmentBeside, type LoadedFiles, MAX_FILE_BYTES } from "../../../config/files.ts";
import { loadSteps } from "../../../config/load.ts";
import { ConfigError } from "../../../config/problem.ts";
import type { Steps } from "../../../core/time/steps.ts";

/** What is wrong with a config's text, or to be said of it. */
export interface CheckedConfig {
  readonly valid: boolean;
  /** How many problems there are; {@link problems} has the first 100. */
  readonly count: number;
  readonly problems: readonly CheckedPlace[];
  readonly warnings: readonly CheckedPlace[];
  /** Secrets that are named and not there. */
  readonly missing: readonly string[];
  /** What would change against the config in force; keys are counted. */
  readonly changes: readonly string[];
}

/** A place in the text and what is to be said of it; never a value of the config. */
export interface CheckedPlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string | null;
}

/** What a text is checked against. */
export interface CheckConfigParts {
  readonly inForce: LoadedFiles;
  /** The config's file; undefined: it has none. */
  readonly file: string | undefined;
  readonly env: (name: string) => string | undefined;
}

/**
 * Checks, in steps, a text as if it were the config's file, putting nothing in force. Key files are looked at beside that file
 * and where the config in force has them, and nowhere else: the check must not become a way to feel for files.
 */
export function* checkConfig(text: string, { inForce, file, env }: CheckConfigParts): Steps<CheckedConfig> {
  const name = file ?? "config";
  const lookup = file === undefined ? env : environmentBeside(file, env);
  const folder = file === undefined ? undefined : dirname(resolve(file));
  const readSecretFile = (path: string) => {
    const isKnown = inForce.files.has(resolve(path)) ||
      (folder !== undefined && isWithin(folder, resolve(path)));
    if (!isKnown || Deno.statSync(path).size > MAX_FILE_BYTES) throw new Deno.errors.NotFound();
    return Deno.readTextFileSync(path);
  };
  try {
    const source = { text, file: name, env: lookup, readSecretFile };
    const loaded = yield* loadSteps(source, { config: inForce.config });
    return {
      ...{ valid: true, count: 0, problems: [], warnings: loaded.warnings.map(placed) },
      missing: loaded.missing.map(({ path, line }) => `${path}, line ${line}`),
      changes: diffConfigs(inForce.config, loaded.config),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { count, problems } = error;
    return { valid: false, count, problems: problems.map(placed), warnings: [], missing: [], changes: [] };
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !way.startsWith("..") && !isAbsolute(way);
}

function placed(
  { path, line, column, message, hint }: Omit<CheckedPlace, "hint"> & { readonly hint: string | undefined },
): CheckedPlace {
  return { path, line, column, message, hint: hint ?? null };
}
