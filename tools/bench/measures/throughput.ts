import { questionBody } from "../load/request_bytes.ts";
import { throughput } from "../load/wrk.ts";
import { charge, inRounds } from "./rounds.ts";
import type { BenchRoom } from "./room.ts";

const CONNECTIONS = 32;
const BODY_BYTES = 1_024;

/** One round of one contender. */
export interface ThroughputRound {
  readonly perSecond: number;
  /** CPU time of the contender for each request, in microseconds. */
  readonly cpuPerRequest: number;
  /** Cores that the contender and the upstreams had, of all there are. */
  readonly cores: number;
  readonly upstreamCores: number;
}

/** Plain requests of 1 KB on 32 connections, answered with 0.7 KB: as many as go through. */
export async function measureThroughput(room: BenchRoom): Promise<Record<string, ThroughputRound[]>> {
  const body = questionBody({ route: "plain", sizeBytes: BODY_BYTES });
  const load = (contender: BenchRoom["contenders"][number], seconds: number) => () =>
    throughput({
      ...{ target: contender.routes.plain, body, connections: CONNECTIONS, seconds, byWrk: room.byWrk },
    });
  const seconds = room.isQuick ? 3 : 8;
  for (const contender of room.contenders) await load(contender, room.isQuick ? 2 : 5)();
  return await inRounds(room.contenders, room.isQuick ? 3 : 5, async (contender) => {
    const charged = await charge(
      { contender, upstreamPids: room.upstreams.pids },
      load(contender, seconds),
    );
    const round = {
      perSecond: charged.result.perSecond,
      cpuPerRequest: charged.cpu / charged.result.requests,
      cores: charged.cpu / charged.durationMs / 1_000,
      upstreamCores: charged.upstreamCpu / charged.durationMs / 1_000,
    };
    room.say(
      `${contender.name}: ${round.perSecond.toFixed(0)} requests/s, ${
        round.cpuPerRequest.toFixed(1)
      } µs of CPU each`,
    );
    return round;
  });
}
