import { type Contender, DIRECT, NGINX, TIDEGATE } from "../contenders/contender.ts";
import { direct } from "../contenders/direct.ts";
import { questionBody } from "../load/request_bytes.ts";
import { runLoad } from "../load/run_load.ts";
import { residentBytes } from "../process/accounting.ts";
import { figure, type Section, tableOf } from "../report/section.ts";
import { medianOf, type Quantiles } from "../report/statistics.ts";
import type { BenchRoom } from "./room.ts";
import { charge, pause } from "./rounds.ts";

const STREAMS = 1_000;
const EVERY_MS = 100;
const OPEN_OVER_MS = 5_000;
const SAMPLE_EVERY_MS = 1_000;

/** Requests that go before, so that code which any request loads is not counted as memory of streams. */
const FIRST_STREAMS = 20;

/** One contender. */
interface ManyStreamsRound {
  readonly delay: Quantiles;
  readonly idleBytes: number;
  readonly loadedBytes: number;
  readonly bytesPerStream: number;
  readonly cpuPerChunk: number;
}

/** 1,000 streams at once for a minute, on processes that have served next to nothing before: memory once taken stays. */
export async function measureManyStreams(room: BenchRoom): Promise<Section> {
  const seconds = room.isQuick ? 15 : 60;
  const rounds: Record<string, ManyStreamsRound> = {};
  for (const name of [DIRECT, TIDEGATE, NGINX]) {
    const start = name === DIRECT ? () => Promise.resolve(direct(room.upstreams.ports)) : room.fresh[name];
    if (start === undefined) continue;
    await using contender = await start();
    const round = rounds[name] = await oneRound(room, contender, seconds);
    room.say(
      `${name}: chunk delay p99 ${figure(round.delay.p99 / 1_000)} ms, ${
        figure(round.bytesPerStream / 1024)
      } KB a stream`,
    );
  }
  const own = rounds[TIDEGATE];
  const p99Ms = (own?.delay.p99 ?? NaN) / 1_000;
  const kilobytes = (own?.bytesPerStream ?? NaN) / 1024;
  return {
    name: "many-streams",
    title: "Many streams",
    about: `${STREAMS.toLocaleString("en-US")} streams at once, each of ${
      1_000 / EVERY_MS
    } chunks a second for ${seconds} s, through a process just started. Memory a stream is what the process holds in the middle of the load less what it held before, divided by the streams; for Tidegate the answers kept for the records are in it.`,
    tables: [tableOf(
      [
        "",
        "chunk delay p50, ms",
        "p99, ms",
        "longest, ms",
        "memory before, MB",
        "under load, MB",
        "KB a stream",
      ],
      Object.entries(rounds).map(([name, { delay, idleBytes, loadedBytes, bytesPerStream }]) => [
        name,
        ...[delay.p50, delay.p99, delay.max].map((micros) => figure(micros / 1_000)),
        ...[idleBytes, loadedBytes].map((bytes) => figure(bytes / 1024 / 1024)),
        figure(bytesPerStream / 1024),
      ]),
    )],
    bars: [
      {
        what: "p99 chunk delay, 1,000 streams",
        bar: "≤ 20 ms",
        figure: `${figure(p99Ms)} ms`,
        isMet: p99Ms <= 20,
      },
      {
        ...{ what: "memory a stream, 1,000 streams", bar: "≤ 120 KB" },
        ...{ figure: `${figure(kilobytes)} KB`, isMet: kilobytes <= 120 },
      },
    ],
    leftOut: {},
    raw: rounds,
  };
}

async function oneRound(room: BenchRoom, contender: Contender, seconds: number): Promise<ManyStreamsRound> {
  const load = (count: number, chunks: number, openOverMs: number) => {
    const stream = { chunks, everyMs: EVERY_MS };
    const body = questionBody({ route: "streamed", sizeBytes: 1_024, stream });
    const order = { kind: "streams", target: contender.routes.streamed, body, count, chunks } as const;
    const clockPort = room.upstreams.ports.streamed;
    return runLoad({ ...order, openOverMs, clockPort }, openOverMs + chunks * EVERY_MS);
  };
  await load(FIRST_STREAMS, 10, 200);
  await pause(2_000);
  const idleBytes = residentBytes(contender.pids());
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(residentBytes(contender.pids())), SAMPLE_EVERY_MS);
  try {
    const chunks = seconds * 1_000 / EVERY_MS;
    const charged = await charge(
      { contender, upstreamPids: room.upstreams.pids },
      () => load(STREAMS, chunks, OPEN_OVER_MS),
    );
    const { chunkDelay, chunks: arrived = NaN } = charged.result;
    if (chunkDelay === undefined) throw new Error("a stream load without delays");
    // All streams are open from here to before the first has ended; the generator takes a moment to start.
    const open = samples.slice((OPEN_OVER_MS + 2_000) / SAMPLE_EVERY_MS, seconds - 1);
    const loadedBytes = medianOf(open);
    const bytesPerStream = (loadedBytes - idleBytes) / STREAMS;
    return { delay: chunkDelay, idleBytes, loadedBytes, bytesPerStream, cpuPerChunk: charged.cpu / arrived };
  } finally {
    clearInterval(timer);
  }
}
