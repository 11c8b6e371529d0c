import { runProgram, startChild } from "../process/child.ts";
import { freePort } from "../process/free_port.ts";
import { CHAT_PATH, type Contender, PORTKEY, type Route, type UpstreamPorts } from "./contender.ts";
import { firstAnswer } from "./first_answer.ts";

/** How long npm may take to fetch it, in milliseconds. */
const FETCH_LIMIT_MS = 180_000;

/** Where Portkey's gateway is, its version and Node's. */
export interface PortkeyInstall {
  readonly program: string;
  readonly version: string;
}

/** Has npm fetch the gateway; undefined when there is no npx or it cannot be fetched. */
export async function findPortkey(): Promise<PortkeyInstall | undefined> {
  try {
    const ask =
      'node -p "require(\'fs\').realpathSync(process.argv[1])" "$(command -v gateway)"; node --version';
    const args = ["-y", "-p", "@portkey-ai/gateway", "-c", ask];
    const child = await runProgram({ program: "npx", args }, FETCH_LIMIT_MS);
    const [program = "", node = ""] = child?.stdout.trim().split("\n") ?? [];
    if (!program.endsWith("start-server.js")) return undefined;
    const { version } = JSON.parse(await Deno.readTextFile(new URL("../package.json", `file://${program}`)));
    return { program, version: `${version}, Node ${node.replace(/^v/, "")}` };
  } catch {
    return undefined;
  }
}

/** Starts it as its documentation says, without its console. */
export async function startPortkey(
  { install, upstreams }: { install: PortkeyInstall; upstreams: UpstreamPorts },
): Promise<Contender> {
  const port = freePort();
  const startedMs = performance.now();
  const args = [install.program, `--port=${port}`, "--headless"];
  const child = startChild({ program: "node", args, env: { NODE_ENV: "production" } });
  try {
    await firstAnswer(`http://127.0.0.1:${port}/`, child.ended);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  const target = (route: Route) => ({
    port,
    path: CHAT_PATH,
    headers: {
      authorization: "Bearer sk-upstream-key-of-the-measurements",
      "x-portkey-provider": "openai",
      "x-portkey-custom-host": `http://127.0.0.1:${upstreams[route]}/v1`,
    },
  });
  return {
    name: PORTKEY,
    version: install.version,
    routes: { plain: target("plain"), streamed: target("streamed") },
    pids: () => [child.pid],
    startMs: performance.now() - startedMs,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
