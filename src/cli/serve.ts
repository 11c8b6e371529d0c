import { parseArgs } from "node:util";
import { ConfigFileError } from "../config/files.ts";
import { ConfigError } from "../config/problem.ts";
import { systemRuntime } from "../core/system_runtime.ts";
import { DataDirError } from "../server/data_dir.ts";
import { ListenError } from "../server/listener/listen.ts";
import { guardProcess } from "../server/process/process_guards.ts";
import { actOnSignals } from "../server/process/signals.ts";
import { type RunningServer, startServer } from "../server/start.ts";
import { builtInConfigText } from "./built_in_config.ts";
import type { CliIo } from "./cli_io.ts";
import { EXIT } from "./exit_codes.ts";
import { listenAddress } from "./listen_address.ts";
import { startLines } from "./start_lines.ts";

/** How long requests in flight may go on after the first SIGTERM, in milliseconds (`docs/design.md` §6, drain). */
const DRAIN_MS = 30_000;

/** The file that is used when none is named, beside the working directory. */
const USUAL_CONFIG = "config.jsonc";

/** Help of the command. */
export const SERVE_HELP = `tidegate serve [--config FILE] [--listen HOST:PORT] [--data-dir DIR]

Starts the gateway. Without --config it takes ./config.jsonc, and without that a built-in pool of simulated
upstreams, so that you can try it at once.

  --config FILE        configuration (TIDEGATE_CONFIG)
  --listen HOST:PORT   address to listen on (TIDEGATE_LISTEN; PORT changes the port alone); 127.0.0.1:4283
  --data-dir DIR       where state, records and keys are kept (TIDEGATE_DATA_DIR); ./data
`;

/** `tidegate serve`: runs until a signal ends it; the exit code says how it went (`docs/design.md` §5). */
export async function serve(args: readonly string[], io: CliIo): Promise<number> {
  let wanted: Wanted;
  try {
    wanted = wantedFrom(args, io);
  } catch (error) {
    io.stderr(`tidegate serve: ${error instanceof Error ? error.message : "bad arguments"}\n\n${SERVE_HELP}`);
    return EXIT.usage;
  }
  let server: RunningServer;
  try {
    server = await startServer({
      config: wanted.configFile === undefined
        ? { text: builtInConfigText(), name: "built-in" }
        : { file: wanted.configFile },
      listen: wanted.listen,
      dataDir: wanted.dataDir,
      env: (name) => io.env(name),
      runtime: systemRuntime(),
      logs: { target: Deno.stderr, isTerminal: Deno.stderr.isTerminal() },
    });
  } catch (error) {
    return tellFailure(error, io);
  }
  const lines = startLines(server, {
    isBuiltIn: wanted.configFile === undefined,
    configFile: wanted.configFile,
    isTerminal: io.isTerminal,
  });
  const talksOnStdout = server.loaded.config.records.to !== "stdout" || !server.loaded.config.records.enabled;
  if (talksOnStdout) io.stdout(lines);
  else io.stderr(lines);
  return await runUntilSignal(server);
}

function runUntilSignal(server: RunningServer): Promise<number> {
  const unguard = guardProcess(server.log.channel("server"), server.observer);
  return new Promise((resolve) => {
    const forget = actOnSignals({
      drain(signal) {
        server.log.info("Stopping: requests in flight may finish; a second signal stops at once", { signal });
        server.close(DRAIN_MS).then(() => EXIT.ok, () => EXIT.unexpected).then((code) => {
          forget();
          unguard();
          resolve(code);
        });
      },
      exit: (code) => Deno.exit(code),
      reload: () => void server.reload(),
    });
  });
}

interface Wanted {
  readonly configFile: string | undefined;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly dataDir: string;
}

/** Flag before environment before file before default. Throws for arguments that mean nothing. */
function wantedFrom(args: readonly string[], io: CliIo): Wanted {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: "string" }, listen: { type: "string" }, "data-dir": { type: "string" } },
  });
  const named = values.config ?? io.env("TIDEGATE_CONFIG");
  return {
    configFile: named ?? (isFile(USUAL_CONFIG) ? USUAL_CONFIG : undefined),
    listen: listenAddress(values.listen ?? io.env("TIDEGATE_LISTEN"), io.env("PORT")),
    dataDir: values["data-dir"] ?? io.env("TIDEGATE_DATA_DIR") ?? "./data",
  };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** One clear line for what stands in the way; the exit code of its kind. */
function tellFailure(error: unknown, io: CliIo): number {
  if (error instanceof ConfigError) {
    io.stderr(`${error.explain()}\n`);
    return EXIT.configInvalid;
  }
  if (error instanceof ConfigFileError) {
    io.stderr(`tidegate: ${error.message}\n`);
    return EXIT.configInvalid;
  }
  if (error instanceof DataDirError || error instanceof ListenError || error instanceof RangeError) {
    io.stderr(`tidegate: ${error.message}\n`);
    return error instanceof RangeError ? EXIT.configInvalid : EXIT.unexpected;
  }
  throw error;
}
