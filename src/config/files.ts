import { createHash } from "node:crypto";
import * as nodePath from "node:path";
import { parseEnv } from "node:util";
import { ConfigError } from "./problem.ts";
import { atOnce, type Steps } from "../core/time/steps.ts";
import { type LoadedBefore, type LoadedConfig, loadSteps } from "./load.ts";

/** Largest file that is read for a config: itself, a key file, `.env`. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** What stands for the digest of a file that is not there or cannot be read. */
export const NO_FILE = "none";

/** A config as read from its file, with all files that had a say in it. */
export interface LoadedFiles extends LoadedConfig {
  /** The config's text. */
  readonly text: string;
  /** Every file that was asked for (config, `.env`, key files) by absolute path, with {@link digestOf} of it or {@link NO_FILE}. */
  readonly files: ReadonlyMap<string, string>;
}

/** A config file, or the `.env` beside it, that cannot be read at all. */
export class ConfigFileError extends Error {
  override readonly name = "ConfigFileError";
  /** Digests of the files that were read until then, as in {@link LoadedFiles.files}. */
  files: ReadonlyMap<string, string> = new Map();
}

/**
 * Reads a config file and what it refers to. `env` goes before the `.env` beside the file. Throws
 * {@link ConfigFileError} when the file cannot be read, `ConfigError` when it cannot be used.
 */
export function loadConfigFile(
  file: string,
  env: (name: string) => string | undefined,
): LoadedFiles {
  return atOnce(loadFileSteps(file, env));
}

/** {@link loadConfigFile} in steps; the document of {@link LoadedBefore} counts only where the file still has its text. */
export function* loadFileSteps(
  file: string,
  env: (name: string) => string | undefined,
  { config, document }: LoadedBefore = {},
): Steps<LoadedFiles> {
  const files = new Map<string, string>();
  const read = (path: string): string => {
    files.set(path, NO_FILE);
    const bytes = readBounded(path);
    files.set(path, digestOf(bytes));
    return new TextDecoder().decode(bytes);
  };
  try {
    const text = readConfig(file, read);
    yield;
    const lookup = environmentBeside(file, env, read);
    const before = { config, document: document?.text === text ? document : undefined };
    return { ...yield* loadSteps({ text, file, env: lookup, readSecretFile: read }, before), text, files };
  } catch (error) {
    if (error instanceof ConfigError || error instanceof ConfigFileError) error.files = files;
    throw error;
  }
}

function readConfig(file: string, read: (path: string) => string): string {
  try {
    return read(nodePath.resolve(file));
  } catch (error) {
    throw new ConfigFileError(`${file} ${faultOf(error)}`);
  }
}

/**
 * Looks a variable up in `env`, then in the `.env` beside the config file. Throws {@link ConfigFileError} when
 * there is a `.env` that cannot be read; one that is a directory is somebody else's.
 */
export function environmentBeside(
  configFile: string,
  env: (name: string) => string | undefined,
  read: (path: string) => string = (path) => new TextDecoder().decode(readBounded(path)),
): (name: string) => string | undefined {
  const path = nodePath.join(nodePath.dirname(nodePath.resolve(configFile)), ".env");
  let beside: Readonly<Record<string, string | undefined>> = {};
  try {
    beside = parseEnv(read(path));
  } catch (error) {
    const harmless = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory;
    if (!harmless) throw new ConfigFileError(`.env beside ${configFile} ${faultOf(error)}`);
  }
  return (name) => env(name) ?? (Object.hasOwn(beside, name) ? beside[name] : undefined);
}

/** A short name for bytes that changes when they do. */
export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

/** Reads a file of at most {@link MAX_FILE_BYTES}; throws what Deno throws, or `RangeError`. */
function readBounded(path: string): Uint8Array {
  const { size, isDirectory } = Deno.statSync(path);
  if (isDirectory) throw new Deno.errors.IsADirectory("is a directory");
  if (size > MAX_FILE_BYTES) throw new RangeError(`Cannot read more than ${MAX_FILE_BYTES} bytes`);
  return Deno.readFileSync(path);
}

/** Why a file could not be read, without the system's own text: that one names paths. */
export function faultOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "does not exist";
  if (error instanceof Deno.errors.IsADirectory) return "is a directory";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "may not be read by this process; check its owner and mode";
  }
  if (error instanceof RangeError) return `is larger than ${MAX_FILE_BYTES / 1024 / 1024} MB`;
  return "cannot be read";
}
