import { startChild } from "../process/child.ts";
import { BARE, CHAT_PATH, type Contender, type UpstreamPorts } from "./contender.ts";
import { firstAnswer } from "./first_answer.ts";

/** Starts the bare proxy. */
export async function startBare(upstreams: UpstreamPorts): Promise<Contender> {
  const startedMs = performance.now();
  const program = new URL("bare_program.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-check", program, String(upstreams.plain), String(upstreams.streamed)];
  const child = startChild({ program: Deno.execPath(), args });
  try {
    const [, port = ""] = await child.says(/port (\d+)\n/, 60_000);
    await firstAnswer(`http://127.0.0.1:${port}/`, child.ended);
    const target = { port: Number(port), path: CHAT_PATH, headers: {} };
    return {
      name: BARE,
      version: `Deno ${Deno.version.deno}`,
      routes: { plain: target, streamed: target },
      pids: () => [child.pid],
      startMs: performance.now() - startedMs,
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}
