import { type Contender, NGINX, TIDEGATE } from "../contenders/contender.ts";
import { questionBody } from "../load/request_bytes.ts";
import { runLoad } from "../load/run_load.ts";
import { figure, ratioBar, ratios, type Section, spreadText, tableOf } from "../report/section.ts";
import { medianOf, type Quantiles } from "../report/statistics.ts";
import type { BenchRoom } from "./room.ts";
import { charge, inRounds, warmUp } from "./rounds.ts";

const STREAMS = 200;
const EVERY_MS = 20;

/** One round of one contender. */
interface ChunksRound {
  /** CPU time of the contender for each chunk, with its share of the request and of its record, in microseconds. */
  readonly cpuPerChunk: number;
  /** From the upstream's writing to the arrival, in microseconds. */
  readonly delay: Quantiles;
  readonly upstreamCores: number;
}

/** 200 streams at once, each of 50 chunks a second. */
export async function measureChunks(room: BenchRoom): Promise<Section> {
  const load = (contender: Contender, seconds: number) => {
    const chunks = seconds * 1_000 / EVERY_MS;
    const body = questionBody({
      ...{ route: "streamed", sizeBytes: 1_024, stream: { chunks, everyMs: EVERY_MS } },
    });
    const order = {
      kind: "streams",
      target: contender.routes.streamed,
      body,
      count: STREAMS,
      chunks,
    } as const;
    const clockPort = room.upstreams.ports.streamed;
    return runLoad({ ...order, openOverMs: 1_000, clockPort }, (seconds + 1) * 1_000);
  };
  const seconds = room.isQuick ? 5 : 10;
  const { contenders, leftOut } = await warmUp(
    room.contenders,
    (contender) => load(contender, room.isQuick ? 2 : 10),
  );
  const rounds = await inRounds(contenders, room.isQuick ? 3 : 4, async (contender) => {
    const charged = await charge(
      { contender, upstreamPids: room.upstreams.pids },
      () => load(contender, seconds),
    );
    const { chunks = NaN, chunkDelay } = charged.result;
    if (chunkDelay === undefined) throw new Error("a stream load without delays");
    const cpuPerChunk = charged.cpu / chunks;
    const { p50, p99 } = chunkDelay;
    room.say(
      `${contender.name}: ${figure(cpuPerChunk)} µs of CPU a chunk, delay p50 ${figure(p50)}, p99 ${
        figure(p99)
      } µs`,
    );
    const upstreamCores = charged.upstreamCpu / charged.durationMs / 1_000;
    const round: ChunksRound = { cpuPerChunk, delay: chunkDelay, upstreamCores };
    return round;
  });
  const table = tableOf(
    ["", "CPU µs a chunk", "chunk delay p50, µs", "p99, µs", "cores the upstream had"],
    Object.entries(rounds).map(([name, each]) => [
      name,
      spreadText(each.map((round) => round.cpuPerChunk)),
      spreadText(each.map((round) => round.delay.p50)),
      spreadText(each.map((round) => round.delay.p99)),
      figure(medianOf(each.map((round) => round.upstreamCores))),
    ]),
  );
  const values = ratios(rounds, [TIDEGATE, NGINX], (round) => round.cpuPerChunk);
  return {
    name: "chunks",
    title: "Streamed chunks",
    about: `${STREAMS} streams at once, each of ${
      1_000 / EVERY_MS
    } chunks of 229 bytes a second for ${seconds} s. The CPU time is divided by the chunks: the requests, the ends and the records of the streams are in it.`,
    tables: [table],
    bars: [ratioBar({ what: "CPU a streamed chunk", values, atMost: 2.5, unit: "× nginx" })],
    leftOut,
    raw: rounds,
  };
}
