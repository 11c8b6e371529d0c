import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { systemRuntime } from "../core/time/system_runtime.ts";
import { actOnSignals } from "../server/process/signals.ts";
import type { CliIo } from "./cli_io.ts";
import { runDemo, type StartGateway } from "./demo/run_demo.ts";
import { startDemoGateway } from "./demo/start_demo_gateway.ts";
import { EXIT } from "./exit_codes.ts";
import { listenAddress } from "./serve/listen_address.ts";
import { startFailure } from "./serve/start_failure.ts";

const USAGE = `Usage:
  tidegate demo [--seconds N] [--listen HOST:PORT] [--json]   a gateway, four simulated upstreams and gentle traffic

N is 1 to 86400 (60 where it is not given). HOST is a loopback address (127.0.0.1 on a free port where it is not given).
On a terminal a table is drawn each second, else (or with --json) one JSON line.
`;

const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 86_400;

/**
 * The command `tidegate demo`. Resolves to its exit code: 0 when its time is over, 1 when it cannot start, 2 for
 * wrong usage, 130 after Ctrl-C or SIGTERM. Its data is in a temporary directory that is removed. `start` is handed in by tests;
 * rejects with what it rejects with.
 */
export async function demo(
  args: readonly string[],
  io: CliIo,
  start: StartGateway = startDemoGateway,
): Promise<number> {
  const wanted = parse(args, io);
  if (typeof wanted === "number") return wanted;
  const stop = new AbortController();
  const dataDir = await Deno.makeTempDir({ prefix: "tidegate-demo-" });
  const forgetSignals = actOnSignals({
    drain: () => stop.abort(),
    // The second signal means now: the temporary directory is left to the system.
    exit: (code) => Deno.exit(code),
    reload: () => {},
  });
  try {
    await runDemo({
      io,
      runtime: systemRuntime(),
      start,
      dataDir,
      listen: wanted.listen,
      durationMs: wanted.seconds * 1000,
      json: wanted.json || !io.isTerminal,
      stop: stop.signal,
    });
  } catch (error) {
    return startFailure(error, io);
  } finally {
    forgetSignals();
    await Deno.remove(dataDir, { recursive: true });
  }
  return stop.signal.aborted ? EXIT.interrupted : EXIT.ok;
}

interface Wanted {
  readonly seconds: number;
  readonly listen: { readonly host: string; readonly port: number };
  readonly json: boolean;
}

function parse(args: readonly string[], io: CliIo): Wanted | number {
  let values;
  try {
    values = parseArgs({
      args: [...args],
      options: {
        seconds: { type: "string" },
        listen: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    io.stderr(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return EXIT.usage;
  }
  if (values.help === true) {
    io.stdout(USAGE);
    return EXIT.ok;
  }
  const seconds = Number(values.seconds ?? DEFAULT_SECONDS);
  if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_SECONDS)) {
    io.stderr(
      `--seconds must be a whole number from 1 to ${MAX_SECONDS}, not '${values.seconds}'.\n\n${USAGE}`,
    );
    return EXIT.usage;
  }
  const listen = loopbackAddress(values.listen ?? "127.0.0.1:0");
  if (listen === undefined) {
    io.stderr(
      `--listen must be a loopback HOST:PORT such as 127.0.0.1:4283, not '${values.listen}': ` +
        `the demo's key is printed, so it must not be reachable from elsewhere.\n\n${USAGE}`,
    );
    return EXIT.usage;
  }
  return { seconds, listen, json: values.json === true };
}

function loopbackAddress(text: string): Wanted["listen"] | undefined {
  try {
    const address = listenAddress(text);
    const { host } = address;
    const isLoopback = host === "localhost" || host === "::1" ||
      (isIP(host) === 4 && host.startsWith("127."));
    return isLoopback ? address : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
