import { loadConfigFile, type LoadedFiles } from "../../config/files.ts";
import { loadConfig } from "../../config/load.ts";

/** A config file, or a text where there is none. */
export type ConfigSource = { readonly file: string } | { readonly text: string; readonly name: string };

/**
 * Makes the function that reads a config, anew each time it is called. That one throws `ConfigError` or
 * `ConfigFileError` for a config that cannot be used. Key files that a text names are looked for beside the
 * working directory.
 */
export function configSource(
  source: ConfigSource,
  env: (name: string) => string | undefined,
): () => LoadedFiles {
  if ("file" in source) return () => loadConfigFile(source.file, env);
  const { text, name } = source;
  const readSecretFile = (path: string) => Deno.readTextFileSync(path);
  return () => ({ ...loadConfig({ text, file: name, env, readSecretFile }), text, files: new Map() });
}
