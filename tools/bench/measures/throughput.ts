import { type Contender, NGINX, PORTKEY, TIDEGATE, TIDEGATE_OFF } from "../contenders/contender.ts";
import { questionBody } from "../load/request_bytes.ts";
import { throughput } from "../load/wrk.ts";
import { residentBytes } from "../process/accounting.ts";
import {
  type ByContender,
  figure,
  ratioBar,
  ratios,
  type Section,
  spreadText,
  tableOf,
} from "../report/section.ts";
import { medianOf } from "../report/statistics.ts";
import type { BenchRoom } from "./room.ts";
import { charge, inRounds, warmUp } from "./rounds.ts";

const CONNECTIONS = 32;
const BODY_BYTES = 1_024;
const MEGABYTE = 1024 * 1024;

/** Requests until code is compiled as well as it will be, and how often two seconds are given for them. */
const WARM_UP = { requests: 60_000, turns: 30 };
const QUICK_WARM_UP = { requests: 5_000, turns: 2 };

/** One round of one contender. */
interface ThroughputRound {
  readonly perSecond: number;
  /** CPU time of the contender for each request, in microseconds. */
  readonly cpuPerRequest: number;
  /** Cores that the contender and the upstreams had, of all there are. */
  readonly cores: number;
  readonly upstreamCores: number;
  /** Right after the load. */
  readonly residentBytes: number;
}

/** Plain requests of 1 KB on 32 connections, answered with 0.7 KB: as many as go through. */
export async function measureThroughput(room: BenchRoom): Promise<Section> {
  const body = questionBody({ route: "plain", sizeBytes: BODY_BYTES });
  const load = ({ routes: { plain } }: Contender, seconds: number) =>
    throughput({ target: plain, body, connections: CONNECTIONS, seconds, byWrk: room.byWrk });
  const seconds = room.isQuick ? 3 : 8;
  const { contenders, leftOut } = await warmUp(room.contenders, async (contender) => {
    const most = room.isQuick ? QUICK_WARM_UP : WARM_UP;
    let { requests } = await load(contender, 2);
    for (let turn = 0; turn < most.turns && requests < most.requests; turn++) {
      requests += (await load(contender, 2)).requests;
    }
  });
  const rounds = await inRounds(contenders, room.isQuick ? 3 : 4, async (contender) => {
    const charged = await charge(
      { contender, upstreamPids: room.upstreams.pids },
      () => load(contender, seconds),
    );
    const round: ThroughputRound = {
      perSecond: charged.result.perSecond,
      cpuPerRequest: charged.cpu / charged.result.requests,
      cores: charged.cpu / charged.durationMs / 1_000,
      upstreamCores: charged.upstreamCpu / charged.durationMs / 1_000,
      residentBytes: residentBytes(contender.pids()),
    };
    const { perSecond, cpuPerRequest } = round;
    room.say(`${contender.name}: ${figure(perSecond)} requests/s, ${figure(cpuPerRequest)} µs of CPU each`);
    return round;
  });
  return {
    name: "throughput",
    title: "Requests",
    about: `Bodies of 1 KB, answers of 0.7 KB by ${room.upstreams.plainBy}, ${CONNECTIONS} connections, ${
      room.byWrk ? "wrk" : "our own generator"
    } sends as fast as answers come, ${seconds} s a round. The CPU time is the contender's own, user and system.`,
    tables: [throughputTable(rounds)],
    bars: throughputBars(rounds),
    leftOut,
    raw: rounds,
  };
}

function throughputTable(rounds: ByContender<ThroughputRound>): string {
  return tableOf(
    ["", "CPU µs a request", "requests/s", "cores it had", "cores the upstream had", "memory after it, MB"],
    Object.entries(rounds).map(([name, each]) => [
      name,
      spreadText(each.map((round) => round.cpuPerRequest)),
      spreadText(each.map((round) => round.perSecond)),
      figure(medianOf(each.map((round) => round.cores))),
      figure(medianOf(each.map((round) => round.upstreamCores))),
      figure(medianOf(each.map((round) => round.residentBytes / MEGABYTE))),
    ]),
  );
}

function throughputBars(rounds: ByContender<ThroughputRound>): Section["bars"] {
  const cpu = (one: string, other: string) => ratios(rounds, [one, other], (round) => round.cpuPerRequest);
  const speed = (other: string) => ratios(rounds, [TIDEGATE, other], (round) => round.perSecond);
  return [
    ratioBar({ what: "CPU a request", values: cpu(TIDEGATE, NGINX), atMost: 5, unit: "× nginx" }),
    ratioBar({
      ...{ what: "CPU a request, records off", values: cpu(TIDEGATE_OFF, NGINX), atMost: 4, unit: "× nginx" },
    }),
    ratioBar({ what: "CPU a request", values: cpu(TIDEGATE, PORTKEY), atMost: 0.1, unit: "× Portkey" }),
    ratioBar({ what: "requests/s", values: speed(NGINX), atLeast: 0.22, unit: "× nginx" }),
    ratioBar({ what: "requests/s", values: speed(PORTKEY), atLeast: 10, unit: "× Portkey" }),
  ];
}
