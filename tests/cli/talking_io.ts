import type { CliIo } from "../../src/cli/cli_io.ts";

/** A {@link CliIo} without a terminal that keeps what it is told. */
export type TalkingIo = CliIo & {
  /** All that went to stdout. */
  out(): string;
  /** All that went to stderr. */
  talk(): string;
};

/** Makes one with these environment variables and no others. */
export function talkingIo(env: Readonly<Record<string, string>>): TalkingIo {
  let out = "";
  let talk = "";
  return {
    stdout: (text) => void (out += text),
    stderr: (text) => void (talk += text),
    isTerminal: false,
    env: (name) => Object.hasOwn(env, name) ? env[name] : undefined,
    out: () => out,
    talk: () => talk,
  };
}

/** Runs `body` in a fresh directory that is removed after it. */
export async function inDirectory<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "tidegate-cli-" });
  try {
    return await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
