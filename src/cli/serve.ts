import { parseArgs } from "node:util";
import { systemRuntime } from "../core/time/system_runtime.ts";
import { guardProcess } from "../server/process/process_guards.ts";
import { actOnSignals } from "../server/process/signals.ts";
import { type RunningServer, startServer } from "../server/start.ts";
import { builtInConfigText } from "./built_in_config.ts";
import type { CliIo } from "./cli_io.ts";
import { EXIT } from "./exit_codes.ts";
import { listenWish } from "./serve/listen_wish.ts";
import { startFailure } from "./serve/start_failure.ts";
import { startLines } from "./serve/start_lines.ts";

/** How long requests in flight may go on after the first SIGTERM, in milliseconds (`docs/design.md` §6, drain). */
const DRAIN_MS = 30_000;

/** The file that is used when none is named, beside the working directory. */
const USUAL_CONFIG = "config.jsonc";

const USAGE = `Usage:
  tidegate serve [--config FILE] [--listen HOST:PORT] [--data-dir DIR]

Starts the gateway. Without --config it takes ./config.jsonc, and without that a built-in pool of simulated
upstreams, so that you can try it at once.

  --config FILE        configuration (TIDEGATE_CONFIG)
  --listen HOST:PORT   address to listen on (TIDEGATE_LISTEN; PORT changes the port alone); 127.0.0.1:4283
  --data-dir DIR       where state, records and keys are kept (TIDEGATE_DATA_DIR); ./data
`;

/** `tidegate serve`: runs until a signal ends it; the exit code says how it went (`docs/design.md` §5). */
export async function serve(args: readonly string[], io: CliIo): Promise<number> {
  let wanted: Wanted | undefined;
  try {
    wanted = wantedFrom(args, io);
  } catch (error) {
    io.stderr(`tidegate serve: ${error instanceof Error ? error.message : "bad arguments"}\n\n${USAGE}`);
    return EXIT.usage;
  }
  if (wanted === undefined) {
    io.stdout(USAGE);
    return EXIT.ok;
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
    return startFailure(error, io);
  }
  const { records } = server.loaded.config;
  const recordsOnStdout = records.enabled && records.to === "stdout";
  const lines = startLines({ ...server, models: server.gateway.generation.routes.names }, {
    configFile: wanted.configFile,
    // Where records have standard output to themselves the lines go elsewhere, and who reads there is not known.
    isTerminal: io.isTerminal && !recordsOnStdout,
  });
  if (recordsOnStdout) io.stderr(lines);
  else io.stdout(lines);
  return await runUntilSignal(server);
}

function runUntilSignal(server: RunningServer): Promise<number> {
  const unguard = guardProcess(server.log.channel("server"), server.observer);
  return new Promise((resolve) => {
    const forget = actOnSignals({
      drain(signal) {
        server.log.info("Stopping: requests in flight may finish; a second signal stops at once", { signal });
        server.close(DRAIN_MS).then(() => EXIT.ok, (fault) => {
          server.log.error("The gateway did not stop in good order", { fault });
          return EXIT.unexpected;
        }).then((code) => {
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
  readonly listen: { readonly host?: string; readonly port?: number };
  readonly dataDir: string;
}

/** Flag before environment before default; undefined when help is asked for. Throws for arguments that mean nothing. */
function wantedFrom(args: readonly string[], io: CliIo): Wanted | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: "string" },
      listen: { type: "string" },
      "data-dir": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  // An empty variable is how composed environments say "not set".
  const named = values.config ?? (io.env("TIDEGATE_CONFIG") || undefined);
  return {
    configFile: named ?? (isFile(USUAL_CONFIG) ? USUAL_CONFIG : undefined),
    listen: listenWish(values.listen, io.env),
    dataDir: values["data-dir"] ?? (io.env("TIDEGATE_DATA_DIR") || "./data"),
  };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
