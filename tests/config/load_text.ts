import assert from "node:assert/strict";
import { loadConfig, type LoadedConfig } from "../../src/config/load.ts";
import { ConfigError, type Problem } from "../../src/config/problem.ts";

/** What a test's config may refer to. */
export interface World {
  readonly env?: Readonly<Record<string, string>>;
  /** Texts of key files by absolute path, as seen from `/etc/tidegate/config.jsonc`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Reads a config that stands in `/etc/tidegate/config.jsonc`. */
export function loadText(text: string, world: World = {}): LoadedConfig {
  return loadConfig({
    text,
    file: "/etc/tidegate/config.jsonc",
    env: (name) => world.env?.[name],
    readSecretFile: (path) => {
      const found = world.files?.[path];
      if (found === undefined) throw new Deno.errors.NotFound();
      return found;
    },
  });
}

/** The error of a config that must not be usable. */
export function errorOf(text: string, world: World = {}): ConfigError {
  try {
    loadText(text, world);
  } catch (error) {
    assert.ok(error instanceof ConfigError, `another error: ${error}`);
    return error;
  }
  assert.fail(`was accepted: ${text}`);
}

/** Its problems as `line:column path: message; hint`. */
export function problemsOf(text: string, world: World = {}): string[] {
  return errorOf(text, world).problems.map(asLine);
}

/** Warnings in the same spelling. */
export function warningsOf(text: string, world: World = {}): string[] {
  return loadText(text, world).warnings.map(asLine);
}

function asLine({ line, column, path, message, hint }: Problem): string {
  return `${line}:${column} ${path}: ${message}${hint === undefined ? "" : `; ${hint}`}`;
}
