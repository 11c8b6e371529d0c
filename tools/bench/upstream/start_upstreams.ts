import type { UpstreamPorts } from "../contenders/contender.ts";
import { startNginxUpstream } from "../contenders/nginx.ts";
import { startChild } from "../process/child.ts";
import { PLAIN_ANSWER } from "./answers.ts";

/** The two upstreams, the same for every contender. */
export interface Upstreams extends AsyncDisposable {
  readonly ports: UpstreamPorts;
  /** An own upstream that reads each body whole, for plain answers to long ones. */
  readonly wholeBodyPort: number;
  readonly pids: () => readonly number[];
  /** What gives the plain answers. */
  readonly plainBy: string;
}

/** Starts the upstreams: nginx for plain answers where it is installed, since it costs least of what is measured. */
export async function startUpstreams(folder: string, hasNginx: boolean): Promise<Upstreams> {
  await using started = new AsyncDisposableStack();
  const program = new URL("upstream_program.ts", import.meta.url).pathname;
  const own = started.use(
    startChild({ program: Deno.execPath(), args: ["run", "-A", "--no-check", program] }),
  );
  const [, text = ""] = await own.says(/port (\d+)\n/, 60_000);
  const port = Number(text);
  const plain = hasNginx
    ? started.use(await startNginxUpstream({ answer: PLAIN_ANSWER, folder: `${folder}/upstream` }))
    : undefined;
  const kept = started.move();
  return {
    ports: { plain: plain?.port ?? port, streamed: port },
    wholeBodyPort: port,
    pids: () => [own.pid, ...plain?.pids() ?? []],
    plainBy: plain === undefined ? "its own program" : "nginx",
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
