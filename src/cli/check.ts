import { parseArgs } from "node:util";
import { type EffectiveValue, effectiveValues } from "../config/effective.ts";
import { ConfigFileError, loadConfigFile, type LoadedFiles } from "../config/files.ts";
import { ConfigError, type Problem } from "../config/problem.ts";
import type { CliIo } from "./cli_io.ts";

const USAGE = `Usage:
  tidegate check [--config FILE] [--effective] [--json]

Checks a config without starting anything: every error at once, then warnings and missing secrets.
--effective prints every setting in force with the member it comes from. FILE is TIDEGATE_CONFIG or config.jsonc
where it is not given. Exit code 0 when the config can be used, 78 when it cannot.
`;

/** The config is invalid (`sysexits.h`, EX_CONFIG). */
const EXIT_CONFIG = 78;

/** The command `tidegate check`. Resolves to its exit code: 0, 78 for an unusable config, 2 for wrong usage. */
// deno-lint-ignore require-await -- every command is awaited alike
export async function check(args: readonly string[], io: CliIo): Promise<number> {
  const options = parse(args, io);
  if (typeof options === "number") return options;
  const file = options.config ?? io.env("TIDEGATE_CONFIG") ?? "config.jsonc";
  let loaded: LoadedFiles;
  try {
    loaded = loadConfigFile(file, io.env);
  } catch (error) {
    if (error instanceof ConfigError) return refuse(error, options.json, io);
    if (error instanceof ConfigFileError) return unreadable(file, error, options.json, io);
    throw error;
  }
  const effective = options.effective ? effectiveValues(loaded) : undefined;
  if (options.json) {
    const { warnings, missing } = loaded;
    io.stdout(`${JSON.stringify({ file, ok: true, problems: [], warnings, missing, effective })}\n`);
    return 0;
  }
  if (effective !== undefined) io.stdout(table(effective));
  const warnings = loaded.warningsText();
  if (warnings !== "") io.stderr(`Warnings:\n\n${warnings}\n`);
  for (const { line, column, path, reason } of loaded.missing) {
    io.stderr(`${file}:${line}:${column}  ${path}: missing secret: ${reason}; what needs it is off\n`);
  }
  io.stderr(`${file}: valid, ${summary(loaded)}\n`);
  return 0;
}

function parse(args: readonly string[], io: CliIo) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: "string", short: "c" },
        effective: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (!values.help) return values;
    io.stdout(USAGE);
    return 0;
  } catch (error) {
    io.stderr(`${error instanceof Error ? error.message : "wrong usage"}\n\n${USAGE}`);
    return 2;
  }
}

function refuse(error: ConfigError, json: boolean, io: CliIo): number {
  const { file, problems, count } = error;
  if (json) io.stdout(`${JSON.stringify({ file, ok: false, problems, count })}\n`);
  else io.stderr(`${error.explain()}\n${file}: ${count === 1 ? "1 error" : `${count} errors`}\n`);
  return EXIT_CONFIG;
}

function unreadable(file: string, error: ConfigFileError, json: boolean, io: CliIo): number {
  const problem: Problem = { path: "", line: 1, column: 1, message: error.message, hint: undefined };
  if (json) io.stdout(`${JSON.stringify({ file, ok: false, problems: [problem], count: 1 })}\n`);
  else io.stderr(`${error.message}. Write one with 'tidegate init', or name another with --config.\n`);
  return EXIT_CONFIG;
}

function summary({ config, warnings, missing }: LoadedFiles): string {
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return [
    counted(config.pools.length, "pool"),
    counted(config.routes.length, "route"),
    counted(config.tenants.length, "tenant"),
    counted(warnings.length, "warning"),
    counted(missing.length, "missing secret"),
  ].join(", ");
}

/** Lines of aligned columns, one block for each scope. */
function table(values: readonly EffectiveValue[]): string {
  const width = Math.max(...values.map((entry) => entry.name.length));
  const valueWidth = Math.min(40, Math.max(...values.map((entry) => entry.value.length)));
  let scope = "";
  return values.map((entry) => {
    const head = entry.scope === scope ? "" : `${scope === "" ? "" : "\n"}${entry.scope}\n`;
    scope = entry.scope;
    const source = entry.line === undefined ? entry.source : `${entry.source} (line ${entry.line})`;
    return `${head}  ${entry.name.padEnd(width)}  ${entry.value.padEnd(valueWidth)}  ${source}\n`;
  }).join("");
}
