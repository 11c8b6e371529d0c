import type { Target } from "../contenders/contender.ts";
import { runProgram, startChild } from "../process/child.ts";
import { runLoad } from "./run_load.ts";

/** What a closed load brought. */
export interface Throughput {
  readonly requests: number;
  readonly perSecond: number;
}

/** The version of wrk that is installed; undefined when none is. */
export async function wrkVersion(): Promise<string | undefined> {
  try {
    await using child = startChild({ program: "wrk", args: ["-v"] });
    // It prints its version and exits with an error.
    await child.ended;
    return /wrk \S*?(\d+\.\d+\.\d+)/.exec(child.stdout + child.stderr)?.[1] ?? "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Sends by wrk, or by our own generator where wrk is not installed. Rejects when answers were not 200. */
export async function throughput(
  { target, body, connections, seconds, byWrk }: {
    target: Target;
    body: string;
    connections: number;
    seconds: number;
    byWrk: boolean;
  },
): Promise<Throughput> {
  if (!byWrk) {
    const order = { kind: "closed", target, body, connections, durationMs: seconds * 1_000 } as const;
    const { requests, durationMs } = await runLoad(order, order.durationMs);
    return { requests, perSecond: requests * 1_000 / durationMs };
  }
  const script = await Deno.makeTempFile({ suffix: ".lua" });
  try {
    await Deno.writeTextFile(script, luaScript(target, body));
    const url = `http://127.0.0.1:${target.port}${target.path}`;
    const args = ["-t1", "--timeout", "30s", `-c${connections}`, `-d${seconds}s`, "-s", script, url];
    const child = await runProgram({ program: "wrk", args }, seconds * 1_000 + 60_000);
    const [, requests, micros, bad] = /^counted (\d+) (\d+) (\d+)$/m.exec(child?.stdout ?? "") ?? [];
    if (bad !== "0") throw new Error(`wrk saw ${bad} bad answers: ${child?.stdout}`);
    return { requests: Number(requests), perSecond: Number(requests) * 1e6 / Number(micros) };
  } finally {
    await Deno.remove(script);
  }
}

function luaScript(target: Target, body: string): string {
  const headers = { "content-type": "application/json", ...target.headers };
  return `wrk.method = "POST"
wrk.body = ${JSON.stringify(body)}
${Object.entries(headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`).join("\n")}
function done(summary)
  local e = summary.errors
  print(string.format("counted %d %d %d", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;
}
