import { residentBytes } from "../process/accounting.ts";
import { figure, type Section, spreadText, tableOf } from "../report/section.ts";
import type { BenchRoom } from "./room.ts";
import { pause } from "./rounds.ts";

/** Time after the first answer until memory is read, in milliseconds. */
const SETTLE_MS = 2_000;

/** From the command to the first answer, and the memory of a process that has done nothing else. */
export async function measureStart(room: BenchRoom): Promise<Section> {
  const rounds: Record<string, { startMs: number; residentBytes: number }[]> = {};
  for (let round = 0; round < (room.isQuick ? 2 : 5); round++) {
    for (const [name, start] of Object.entries(room.fresh)) {
      await using contender = await start();
      await pause(SETTLE_MS);
      const one = { startMs: contender.startMs, residentBytes: residentBytes(contender.pids()) };
      (rounds[name] ??= []).push(one);
      room.say(
        `${name}: started in ${figure(one.startMs)} ms, ${figure(one.residentBytes / 1024 / 1024)} MB`,
      );
    }
  }
  return {
    name: "start",
    title: "Start",
    about:
      "From starting the process to its first answer 200 (Tidegate: `/readyz`, with a data directory just made), and its memory 2 s later. Tidegate runs from source, whose compiled form Deno keeps from an earlier start.",
    tables: [tableOf(
      ["", "start, ms", "memory, MB"],
      Object.entries(rounds).map(([name, each]) => [
        name,
        spreadText(each.map((one) => one.startMs)),
        spreadText(each.map((one) => one.residentBytes / 1024 / 1024)),
      ]),
    )],
    bars: [],
    leftOut: {},
    raw: rounds,
  };
}
