import { configJsonSchema } from "../config/json_schema.ts";
import type { CliIo } from "./cli_io.ts";

const USAGE = `Usage:
  tidegate schema

Prints the JSON Schema of the config file, for editors: save it and name it in the config's "$schema".
`;

/** The command `tidegate schema`. Resolves to its exit code: 0, or 2 for wrong usage. `--json` changes nothing: it is JSON. */
// deno-lint-ignore require-await -- every command is awaited alike
export async function schema(args: readonly string[], io: CliIo): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    io.stdout(USAGE);
    return 0;
  }
  if (args.some((arg) => arg !== "--json")) {
    io.stderr(`'tidegate schema' takes no arguments.\n\n${USAGE}`);
    return 2;
  }
  io.stdout(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  return 0;
}
