import { serveFlags } from "../../tools/serve_flags.ts";
import { testEnvironment } from "../../tools/test_environment.ts";
import { until } from "./until.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** How a process is started. */
export interface ProcessOptions {
  readonly args: readonly string[];
  /** Working directory: nothing of it may matter but what the gateway looks for there. */
  readonly cwd: string;
  /** Variables beside the machine's own, from which all that steers the gateway is taken. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The real program as a process of its own, under the permissions of task `start`. */
export interface GatewayProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it said so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** `http://127.0.0.1:PORT`, once it listens; rejects with what it said when it ends before. */
  listening(): Promise<string>;
  kill(signal: Deno.Signal): void;
  /** Resolves with its exit code (128 and the signal's number for a killed one) once it has ended and all it said is read. */
  readonly ended: Promise<number>;
}

/** Starts `main.ts` with `args`; disposing kills what still runs. */
export function gatewayProcess({ args, cwd, env }: ProcessOptions): GatewayProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...serveFlags(), "--no-remote", MAIN, ...args],
    cwd,
    env: { ...testEnvironment(Deno.env.toObject()), ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = { stdout: "", stderr: "" };
  const read = async (name: "stdout" | "stderr") => {
    for await (const text of child[name].pipeThrough(new TextDecoderStream())) said[name] += text;
  };
  let isOver = false;
  const reading = Promise.all([read("stdout"), read("stderr")]);
  const ended = Promise.all([child.status, reading]).then(([{ code }]) => {
    isOver = true;
    return code;
  });
  const origin = () => /listens on (http:\/\/\S+)\n/.exec(said.stdout + said.stderr)?.[1];
  return {
    pid: child.pid,
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    async listening() {
      await until(() => isOver || origin() !== undefined, "the process listens");
      const found = origin();
      if (found === undefined) throw new Error(`It ended before it listened: ${said.stdout}${said.stderr}`);
      return found;
    },
    kill: (signal) => child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      if (!isOver) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs `main.ts` to its end. */
export async function runToEnd(
  options: ProcessOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  await using process = gatewayProcess(options);
  const code = await process.ended;
  return { code, stdout: process.stdout, stderr: process.stderr };
}
