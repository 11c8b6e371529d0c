import { systemRuntime } from "../../core/time/system_runtime.ts";
import { startServer } from "../../server/start.ts";
import type { StartGateway } from "./run_demo.ts";

/** How long answers may go on when the demo ends, in milliseconds: its own traffic has hung up by then. */
const DRAIN_MS = 1000;

/** Starts the real gateway for a demo; its config names nothing of the environment, so none is given. */
export const startDemoGateway: StartGateway = async ({ configText, dataDir, listen }) => {
  const server = await startServer({
    config: { text: configText, name: "demo" },
    listen,
    dataDir,
    env: () => undefined,
    runtime: systemRuntime(),
    logs: { target: Deno.stderr, isTerminal: Deno.stderr.isTerminal() },
  });
  const { host, port } = server.address;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    close: () => server.close(DRAIN_MS),
  };
};
