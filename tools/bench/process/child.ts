import { testEnvironment } from "../../test_environment.ts";
import { familyOf } from "./accounting.ts";

/** How long a process may take to stop after SIGTERM before it is killed, in milliseconds. */
const STOP_LIMIT_MS = 10_000;

/** Most of what a process says that is kept, in characters of each of its outputs: the last ones. */
const MAX_SAID = 4_000_000;

/** How to start a process. */
export interface ChildOrder {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A process that this run started. Disposing ends it and all it started. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves with the first match in what it says; rejects when it ends before, or after `limitMs`. */
  says(pattern: RegExp, limitMs: number): Promise<RegExpExecArray>;
  /** Resolves with its exit code. */
  readonly ended: Promise<number>;
  kill(signal: Deno.Signal): void;
}

const running = new Set<Child>();

/** Ends every process that this run started, at once: for a run that is broken off. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((child) => child[Symbol.asyncDispose]()));
}

/** Starts a process in an environment that cannot steer it. */
export function startChild({ program, args, cwd, env }: ChildOrder): Child {
  const process = new Deno.Command(program, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...testEnvironment(Deno.env.toObject()), ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  const read = async (name: "stdout" | "stderr") => {
    for await (const text of process[name].pipeThrough(new TextDecoderStream())) {
      said[name] = (said[name] + text).slice(-MAX_SAID);
      for (const listener of listeners) listener();
    }
  };
  let isOver = false;
  const reading = Promise.all([read("stdout"), read("stderr")]);
  const ended = process.status.then(async ({ code }) => {
    isOver = true;
    running.delete(child);
    await reading;
    for (const listener of listeners) listener();
    return code;
  });
  const child: Child = {
    pid: process.pid,
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    ended,
    says: (pattern, limitMs) => {
      const find = () => pattern.exec(said.stdout) ?? pattern.exec(said.stderr) ?? undefined;
      return firstOf({ program, find, listeners, limitMs, said, isOver: () => isOver });
    },
    kill: (signal) => process.kill(signal),
    async [Symbol.asyncDispose]() {
      if (!isOver) await stop(process, ended);
    },
  };
  running.add(child);
  return child;
}

interface Wait {
  readonly program: string;
  readonly find: () => RegExpExecArray | undefined;
  readonly listeners: Set<() => void>;
  readonly limitMs: number;
  readonly said: { readonly stdout: string; readonly stderr: string };
  readonly isOver: () => boolean;
}

function firstOf({ program, find, listeners, limitMs, said, isOver }: Wait): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  const fail = (what: string) => reject(new Error(`${program} ${what}: ${said.stdout}${said.stderr}`));
  const limit = setTimeout(() => fail(`did not say what was waited for in ${limitMs} ms`), limitMs);
  const look = () => {
    const found = find();
    if (found !== undefined) resolve(found);
    else if (isOver()) fail("ended early");
  };
  listeners.add(look);
  look();
  return promise.finally(() => {
    clearTimeout(limit);
    listeners.delete(look);
  });
}

async function stop(process: Deno.ChildProcess, ended: Promise<number>): Promise<void> {
  const family = familyOf(process.pid);
  const limit = setTimeout(() => family.forEach((pid) => kill(pid, "SIGKILL")), STOP_LIMIT_MS);
  kill(process.pid, "SIGTERM");
  await ended;
  clearTimeout(limit);
  for (const pid of family.slice(1)) kill(pid, "SIGTERM");
}

function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch { /* it has ended */ }
}

/** Runs a program to its end; undefined when it is not installed. Rejects when it fails or takes too long. */
export async function runProgram(order: ChildOrder, limitMs: number): Promise<Child | undefined> {
  let child: Child;
  try {
    child = startChild(order);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    void child[Symbol.asyncDispose]();
  }, limitMs);
  const code = await child.ended;
  clearTimeout(limit);
  if (isLate) throw new Error(`${order.program} took more than ${limitMs} ms: ${child.stderr}`);
  if (code !== 0) throw new Error(`${order.program} exited with ${code}: ${child.stdout}${child.stderr}`);
  return child;
}
