import type { Contender } from "../contenders/contender.ts";
import { cpuMicros } from "../process/accounting.ts";

/** What the kernel charged while something ran. */
export interface Charged<Result> {
  readonly result: Result;
  /** CPU time of the contender's processes, in microseconds. */
  readonly cpu: number;
  /** The same of the upstreams: what they took from the cores that all share. */
  readonly upstreamCpu: number;
  readonly durationMs: number;
}

/** Time after a load in which what it left to do, such as writing records, is still charged to it, in milliseconds. */
const AFTERWARDS_MS = 500;

/** Runs a load and reads what it cost the contender. */
export async function charge<Result>(
  { contender, upstreamPids }: { contender: Contender; upstreamPids: () => readonly number[] },
  load: () => Promise<Result>,
): Promise<Charged<Result>> {
  const before = [cpuMicros(contender.pids()), cpuMicros(upstreamPids())] as const;
  const startMs = performance.now();
  const result = await load();
  const durationMs = performance.now() - startMs;
  await pause(AFTERWARDS_MS);
  return {
    result,
    cpu: cpuMicros(contender.pids()) - before[0],
    upstreamCpu: cpuMicros(upstreamPids()) - before[1],
    durationMs,
  };
}

/** Measures the contenders in turns, A B C A B C …, so that what else the machine does falls on all alike. */
export async function inRounds<Result>(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender, round: number) => Promise<Result>,
): Promise<Record<string, Result[]>> {
  const results: Record<string, Result[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      (results[contender.name] ??= []).push(await measure(contender, round));
    }
  }
  return results;
}

/** Contenders that can do it, and why the others cannot. */
export interface Able {
  readonly contenders: readonly Contender[];
  readonly leftOut: Readonly<Record<string, string>>;
}

/** Has each contender do it once, before anything counts. One that fails is left out; Tidegate may not fail. */
export async function warmUp(
  contenders: readonly Contender[],
  load: (contender: Contender) => Promise<unknown>,
): Promise<Able> {
  const able: Contender[] = [];
  const leftOut: Record<string, string> = {};
  for (const contender of contenders) {
    try {
      await load(contender);
      able.push(contender);
    } catch (error) {
      if (contender.name.startsWith("Tidegate")) throw error;
      leftOut[contender.name] = error instanceof Error ? error.message : String(error);
    }
  }
  return { contenders: able, leftOut };
}

/** Waits. */
export function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}
