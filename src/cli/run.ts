import { check } from "./check.ts";
import type { CliIo } from "./cli_io.ts";
import { demo } from "./demo.ts";
import { EXIT } from "./exit_codes.ts";
import { explain } from "./explain.ts";
import { init } from "./init.ts";
import { keys } from "./keys/keys.ts";
import { secrets } from "./keys/secrets.ts";
import { records } from "./records.ts";
import { schema } from "./schema.ts";
import { serve } from "./serve.ts";
import { VERSION } from "./version.ts";

type Command = (args: readonly string[], io: CliIo) => Promise<number> | number;

const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly run: Command }>> = {
  serve: { summary: "start the gateway", run: serve },
  init: { summary: "write a commented config (--from-env: from the API keys in the environment)", run: init },
  check: { summary: "find every mistake in a config (--effective: show what holds)", run: check },
  schema: { summary: "print the config's JSON Schema", run: schema },
  explain: { summary: "where a request would go, and why", run: explain },
  keys: { summary: "upstream keys: import, list, export, delete, enable, disable, test", run: keys },
  secrets: { summary: "rotate the master key of stored upstream keys", run: secrets },
  records: { summary: "read records: tail, show ID", run: records },
  demo: { summary: "gateway, simulated upstreams and traffic, to watch", run: demo },
  version: { summary: "print the version", run: version },
  help: { summary: "print this", run: help },
};

/** Runs the command that `args` begin with; resolves to the exit code. */
export async function run(args: readonly string[], io: CliIo): Promise<number> {
  const [name = "help", ...rest] = args;
  const wanted = name === "--version" ? "version" : name === "--help" || name === "-h" ? "help" : name;
  const command = Object.hasOwn(COMMANDS, wanted) ? COMMANDS[wanted] : undefined;
  if (command === undefined) {
    io.stderr(`tidegate: there is no command '${name}'. 'tidegate help' lists them.\n`);
    return EXIT.usage;
  }
  return await command.run(rest, io);
}

function version(args: readonly string[], io: CliIo): number {
  const facts = { version: VERSION, deno: Deno.version.deno, target: Deno.build.target };
  io.stdout(
    args.includes("--json")
      ? `${JSON.stringify(facts)}\n`
      : `tidegate ${VERSION} (deno ${facts.deno}, ${facts.target})\n`,
  );
  return EXIT.ok;
}

function help(_args: readonly string[], io: CliIo): number {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  io.stdout(`tidegate: one endpoint for all your models and keys\n\n${lines.join("\n")}\n`);
  return EXIT.ok;
}
