import { type LoadedFiles, loadFileSteps } from "../../config/files.ts";
import { type LoadedBefore, loadSteps } from "../../config/load.ts";
import type { Steps } from "../../core/time/steps.ts";

/** A config file, or a text where there is none. */
export type ConfigSource = { readonly file: string } | { readonly text: string; readonly name: string };

/**
 * Makes the function that reads a config in steps, anew each time it is called. That one throws `ConfigError` or
 * `ConfigFileError` for a config that cannot be used. Key files that a text names are looked for beside the
 * working directory.
 */
export function configSource(
  source: ConfigSource,
  env: (name: string) => string | undefined,
): (before?: LoadedBefore) => Steps<LoadedFiles> {
  if ("file" in source) return (before) => loadFileSteps(source.file, env, before);
  const { text, name } = source;
  const readSecretFile = (path: string) => Deno.readTextFileSync(path);
  return function* (before) {
    return { ...yield* loadSteps({ text, file: name, env, readSecretFile }, before), text, files: new Map() };
  };
}
