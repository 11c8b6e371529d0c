import { runProgram } from "../process/child.ts";
import type { LoadOrder, LoadResult } from "./load_order.ts";

/** How much longer than planned a load may take before it is given up, in milliseconds. */
const SLACK_MS = 120_000;

/** Carries a load out in a process of its own. Rejects when answers were wrong: such figures mean nothing. */
export async function runLoad(order: LoadOrder, plannedMs: number): Promise<LoadResult> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(order));
    const program = new URL("generator_program.ts", import.meta.url).pathname;
    const args = ["run", "-A", "--no-check", program, file];
    const child = await runProgram({ program: Deno.execPath(), args }, plannedMs + SLACK_MS);
    const result: LoadResult = JSON.parse(child?.stdout ?? "");
    if (result.errors > 0) throw new Error(`${result.errors} of ${result.requests}: ${result.firstError}`);
    return result;
  } finally {
    await Deno.remove(file);
  }
}
