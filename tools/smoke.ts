/**
 * `deno run -A tools/smoke.ts COMMAND…`: starts a gateway that was built (an executable, or any other command line),
 * without config, in an empty folder; asks for its health, has an answer streamed, stops it with SIGTERM. Exits 0 or 3.
 * @module
 */

import { EXIT } from "../src/cli/exit_codes.ts";

/** How long the start, the answer and the stop may take each, in milliseconds. */
const STEP_LIMIT_MS = 20_000;

/** What {@link smoke} saw. */
export interface SmokeReport {
  /** Milliseconds from the command to the line that says where it listens. */
  readonly startMs: number;
  /** The streamed answer's bytes as text. */
  readonly answer: string;
  /** What the process exited with after SIGTERM; undefined on Windows, where a process cannot be asked to stop. */
  readonly exitCode: number | undefined;
}

/**
 * Runs the trial. Rejects with what went wrong and what the process had said; the process is ended in any case.
 * `environment` is all that the process gets.
 */
export async function smoke(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<SmokeReport> {
  const folder = await Deno.makeTempDir();
  const [program = "", ...args] = command;
  const dataDir = `${folder}/data`;
  const startedMs = performance.now();
  const child = new Deno.Command(program, {
    args: [...args, "serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir],
    cwd: folder,
    env: { ...environment },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = new Response(child.stderr).text();
  // Killing a process that has ended already is an error we do not care about.
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch { /* it has ended */ }
  };
  const limit = setTimeout(kill, 3 * STEP_LIMIT_MS);
  const talk = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const origin = await listeningOrigin(talk);
    const startMs = performance.now() - startedMs;
    const answer = await ask(origin, (await Deno.readTextFile(`${dataDir}/tenant.key`)).trim());
    if (Deno.build.os === "windows") return { startMs, answer, exitCode: undefined };
    child.kill("SIGTERM");
    return { startMs, answer, exitCode: (await child.status).code };
  } catch (error) {
    kill();
    throw new Error(`${command.join(" ")}: ${error instanceof Error ? error.message : error}\n${await log}`);
  } finally {
    clearTimeout(limit);
    kill();
    await child.status;
    await talk.cancel();
    await log;
    await Deno.remove(folder, { recursive: true });
  }
}

async function listeningOrigin(talk: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = "";
  for (;;) {
    const { value, done } = await talk.read();
    if (done) throw new Error(`ended before it listened, having said: ${text}`);
    text += value;
    const origin = /listens on (http:\/\/\S+)\n/.exec(text)?.[1];
    if (origin !== undefined) return origin;
  }
}

/** Checks the health and has one answer streamed to its end. */
async function ask(origin: string, key: string): Promise<string> {
  const health = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(STEP_LIMIT_MS) });
  if (!health.ok) throw new Error(`/healthz answered ${health.status}: ${await health.text()}`);
  await health.body?.cancel();
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    signal: AbortSignal.timeout(STEP_LIMIT_MS),
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "simulated-mini",
      stream: true,
      messages: [{ role: "user", content: "Say hello" }],
    }),
  });
  const answer = await response.text();
  if (!response.ok || !answer.endsWith("data: [DONE]\n\n")) {
    throw new Error(`the streamed call answered ${response.status} and did not end as it should: ${answer}`);
  }
  return answer;
}

if (import.meta.main) {
  try {
    const { startMs, exitCode } = await smoke(Deno.args, Deno.env.toObject());
    if (exitCode !== undefined && exitCode !== EXIT.ok) throw new Error(`SIGTERM ended it with ${exitCode}`);
    await Deno.stdout.write(
      new TextEncoder().encode(`listened after ${Math.round(startMs)} ms, streamed, stopped\n`),
    );
  } catch (error) {
    await Deno.stderr.write(new TextEncoder().encode(`${error instanceof Error ? error.message : error}\n`));
    Deno.exit(EXIT.testFailed);
  }
}
