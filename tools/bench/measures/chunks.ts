import type { Quantiles } from "../report/statistics.ts";
import type { Contender } from "../contenders/contender.ts";
import { questionBody } from "../load/request_bytes.ts";
import { runLoad } from "../load/run_load.ts";
import { charge, inRounds, warmUp } from "./rounds.ts";
import type { BenchRoom } from "./room.ts";

const STREAMS = 200;
const EVERY_MS = 20;

/** One round of one contender. */
export interface ChunksRound {
  /** CPU time of the contender for each chunk, with its share of the request and of its record, in microseconds. */
  readonly cpuPerChunk: number;
  /** From the upstream's writing to the arrival, in microseconds. */
  readonly delay: Quantiles;
  readonly upstreamCores: number;
}

/** 200 streams at once, each of 50 chunks a second. */
export async function measureChunks(room: BenchRoom): Promise<Record<string, ChunksRound[]>> {
  const load = (contender: Contender, seconds: number) => () => {
    const chunks = seconds * 1_000 / EVERY_MS;
    const stream = { chunks, everyMs: EVERY_MS };
    const body = questionBody({ route: "streamed", sizeBytes: 1_024, stream });
    return runLoad({
      ...{ kind: "streams", target: contender.routes.streamed, body, count: STREAMS, chunks },
      ...{ openOverMs: 1_000, clockPort: room.upstreams.ports.streamed },
    }, (seconds + 1) * 1_000);
  };
  const { contenders } = await warmUp(room.contenders, (contender) => load(contender, 2)());
  return await inRounds(contenders, 3, async (contender) => {
    const charged = await charge(
      { contender, upstreamPids: room.upstreams.pids },
      load(contender, room.isQuick ? 5 : 10),
    );
    const { chunks = NaN, chunkDelay } = charged.result;
    if (chunkDelay === undefined) throw new Error("a stream load without delays");
    const round = {
      cpuPerChunk: charged.cpu / chunks,
      delay: chunkDelay,
      upstreamCores: charged.upstreamCpu / charged.durationMs / 1_000,
    };
    room.say(
      `${contender.name}: ${round.cpuPerChunk.toFixed(1)} µs of CPU a chunk, delay p50 ${
        chunkDelay.p50.toFixed(0)
      } p99 ${chunkDelay.p99.toFixed(0)} µs`,
    );
    return round;
  });
}
