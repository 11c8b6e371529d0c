import { BARE, type Contender, DIRECT, NGINX, type Route, TIDEGATE } from "../contenders/contender.ts";
import { direct } from "../contenders/direct.ts";
import type { LoadResult } from "../load/load_order.ts";
import { questionBody } from "../load/request_bytes.ts";
import { runLoad } from "../load/run_load.ts";
import {
  type Bar,
  type ByContender,
  figure,
  ratioBar,
  type Section,
  spreadText,
  tableOf,
} from "../report/section.ts";
import { medianOf, type Quantiles } from "../report/statistics.ts";
import { type BenchRoom, those } from "./room.ts";
import { inRounds, warmUp } from "./rounds.ts";

const PER_SECOND = 300;
const STREAM = { chunks: 3, everyMs: 5 };
const WARM_UP_REQUESTS = 300;

/** One round of one contender, in microseconds. */
interface LatencyRound {
  readonly total: Quantiles;
  readonly firstContent: Quantiles;
  readonly sendSlip: Quantiles;
}

type Stage = "total" | "firstContent";
type Share = "p50" | "p99";

/** What contenders add to the time of an answer and of a stream's first content, at a rate far below what they can. */
export async function measureLatency(room: BenchRoom): Promise<Section> {
  const seconds = room.isQuick ? 4 : 10;
  const load = (contender: Contender, route: Route, round: number) =>
    runLoad({
      ...{ kind: "open", target: contender.routes[route], perSecond: PER_SECOND, isPrecise: true },
      body: questionBody({ route, sizeBytes: 1_024, ...(route === "streamed" ? { stream: STREAM } : {}) }),
      durationMs: seconds * 1_000,
      warmUp: WARM_UP_REQUESTS,
      // The same moments for all contenders of a round, others in the next.
      seed: round + 1,
    }, seconds * 1_000);
  const all = [direct(room.upstreams.ports), ...those(room, [TIDEGATE, NGINX, BARE])];
  const { contenders, leftOut } = await warmUp(all, (contender) => load(contender, "plain", 0));
  await warmUp(contenders, (contender) => load(contender, "streamed", 0));
  const rounds = await inRounds(contenders, room.isQuick ? 3 : 5, async (contender, number) => {
    const plain = await load(contender, "plain", number);
    const streamed = await load(contender, "streamed", number);
    const round = roundOf(plain, streamed);
    room.say(
      `${contender.name}: total p50 ${figure(round.total.p50)}, p99 ${
        figure(round.total.p99)
      } µs; first content p50 ${figure(round.firstContent.p50)}, p99 ${figure(round.firstContent.p99)} µs`,
    );
    return round;
  });
  return {
    name: "latency",
    title: "Latency added",
    about:
      `${PER_SECOND} requests a second for ${seconds} s, sent by a schedule that was drawn beforehand, whether earlier answers are there or not; the times count from the planned moment. Answers of 0.7 KB, and streams of ${STREAM.chunks} chunks. The generator spins on one of the cores, so that its own lateness stays at microseconds. "Added" is a contender's quantile less the direct one of the same round.`,
    tables: [latencyTable(rounds)],
    bars: (["total", "firstContent"] as const).flatMap((stage) => [
      addedBar(rounds, stage, "p50", 5),
      addedBar(rounds, stage, "p99", 8),
    ]),
    leftOut,
    raw: rounds,
  };
}

function roundOf(plain: LoadResult, streamed: LoadResult): LatencyRound {
  if (plain.total === undefined || plain.sendSlip === undefined || streamed.firstContent === undefined) {
    throw new Error("an open load without times");
  }
  return { total: plain.total, firstContent: streamed.firstContent, sendSlip: plain.sendSlip };
}

function latencyTable(rounds: ByContender<LatencyRound>): string {
  const columns = [["total", "p50"], ["total", "p99"], ["firstContent", "p50"], [
    "firstContent",
    "p99",
  ]] as const;
  const rows = Object.entries(rounds).map(([name, each]) => [
    name,
    ...columns.map(([stage, share]) => {
      const whole = spreadText(each.map((round) => round[stage][share]));
      return name === DIRECT
        ? whole
        : `${whole}; added ${figure(medianOf(added(rounds, name, stage, share)))}`;
    }),
    figure(medianOf(each.map((round) => round.sendSlip.p99))),
  ]);
  return tableOf(
    ["µs", "total p50", "total p99", "first content p50", "first content p99", "sent late, p99"],
    rows,
  );
}

/** What a contender adds to the direct way, round by round. */
function added(rounds: ByContender<LatencyRound>, name: string, stage: Stage, share: Share): number[] {
  const without = rounds[DIRECT] ?? [];
  return (rounds[name] ?? []).map((round, index) =>
    round[stage][share] - (without[index]?.[stage][share] ?? NaN)
  );
}

/**
 * The ratio of two medians of differences: a single round's difference may be near nothing, and its ratio anything. Where
 * nginx adds nothing that can be told from noise there is no ratio, and no bar is met.
 */
function addedBar(rounds: ByContender<LatencyRound>, stage: Stage, share: Share, atMost: number): Bar {
  const what = `${stage === "total" ? "latency" : "first content"} added at ${PER_SECOND}/s, ${share}`;
  const [own, beside] = [TIDEGATE, NGINX].map((name) => added(rounds, name, stage, share));
  const nothing = own === undefined || beside === undefined || beside.length === 0;
  const values = nothing ? [] : [medianOf(beside) > 0 ? medianOf(own) / medianOf(beside) : Infinity];
  return ratioBar({ what, values, atMost, unit: "× what nginx adds" });
}
