import { endpoints } from "./admin/endpoints.ts";
import { reload } from "./admin/reload.ts";
import { requests } from "./admin/requests.ts";
import { status } from "./admin/status.ts";
import { tenants } from "./admin/tenants.ts";
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
import { upstreams } from "./upstreams/upstreams.ts";
import { VERSION } from "../server/version.ts";
import { usage } from "./usage/usage.ts";

type Command = (args: readonly string[], io: CliIo) => Promise<number> | number;

const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly run: Command }>> = {
  serve: { summary: "start the gateway", run: serve },
  init: { summary: "write a commented config (--from-env: from the API keys in the environment)", run: init },
  check: { summary: "find every mistake in a config (--effective: show what holds)", run: check },
  schema: { summary: "print the config's JSON Schema", run: schema },
  explain: { summary: "where a request would go, and why", run: explain },
  keys: { summary: "upstream keys: import, list, export, delete, enable, disable, test", run: keys },
  secrets: { summary: "rotate the master key of stored upstream keys", run: secrets },
  upstreams: { summary: "try an upstream before it is in the config: test, models", run: upstreams },
  tenants: {
    summary: "who may call: list, show, create, limit, rotate, disable, enable, delete",
    run: tenants,
  },
  status: { summary: "how the running gateway stands", run: status },
  endpoints: { summary: "endpoints: list, disable, enable, restore, clear, note", run: endpoints },
  requests: { summary: "requests under way: list, cancel ID", run: requests },
  reload: { summary: "read the config again, and tell what changed", run: reload },
  records: { summary: "read records: tail, show ID", run: records },
  usage: { summary: "requests, tokens and cost, by tenant, key, pool, model and time", run: usage },
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
