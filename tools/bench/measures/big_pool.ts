import { TIDEGATE } from "../contenders/contender.ts";
import { type TidegateProcess, writeKeys } from "../contenders/tidegate.ts";
import type { LoadResult } from "../load/load_order.ts";
import { questionBody } from "../load/request_bytes.ts";
import { runLoad } from "../load/run_load.ts";
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
import { charge, inRounds, pause, warmUp } from "./rounds.ts";

const FEW = 20;
const MANY = 50_000;
const CONNECTIONS = 32;

/** Requests a second while the config is taken over: a stall shows as the longest answer. */
const PROBES_PER_SECOND = 200;
const PROBE_MS = 6_000;

/** How long a config may take to be taken over, in milliseconds. */
const RELOAD_LIMIT_MS = 60_000;

/** What a change of one key does. */
interface Reload {
  /** From the change of the file to the config in force, with the wait for further changes. */
  readonly reloadMs: number;
  /** The longest answer meanwhile, and the longest in a while of the same length without a change. */
  readonly longestMs: number;
  readonly calmLongestMs: number;
}

/** A pool of 50,000 keys beside one of 20. */
export async function measureBigPool(room: BenchRoom): Promise<Section> {
  await using few = await room.freshTidegate(FEW);
  await using many = await room.freshTidegate(MANY);
  const body = questionBody({ route: "plain", sizeBytes: 1_024 });
  const load = (one: { readonly routes: TidegateProcess["routes"] }, seconds: number) =>
    throughput({ target: one.routes.plain, body, connections: CONNECTIONS, seconds, byWrk: room.byWrk });
  const pair = [{ ...few, name: name(FEW) }, { ...many, name: name(MANY) }];
  const seconds = room.isQuick ? 3 : 8;
  await warmUp(pair, (one) => load(one, seconds));
  const rounds = await inRounds(pair, room.isQuick ? 3 : 5, async (contender) => {
    const charged = await charge(
      { contender, upstreamPids: room.upstreams.pids },
      () => load(contender, seconds),
    );
    const round = {
      perSecond: charged.result.perSecond,
      cpuPerRequest: charged.cpu / charged.result.requests,
    };
    room.say(
      `${contender.name}: ${figure(round.perSecond)} requests/s, ${
        figure(round.cpuPerRequest)
      } µs of CPU each`,
    );
    return round;
  });
  const reloads: Reload[] = [];
  for (let edition = 1; edition <= (room.isQuick ? 1 : 3); edition++) {
    const reload = await reloadOnce(many, edition);
    room.say(`reload ${figure(reload.reloadMs)} ms, longest answer meanwhile ${figure(reload.longestMs)} ms`);
    reloads.push(reload);
  }
  return {
    name: "big-pool",
    title: "50,000 keys",
    about: `Two Tidegates, with ${FEW} and ${
      MANY.toLocaleString("en-US")
    } keys in each of two pools. Then one key of the many is changed in its file while ${PROBES_PER_SECOND} requests a second go on: the longest answer shows the longest stall.`,
    tables: [
      tableOf(
        ["", "requests/s", "CPU µs a request", "start, ms", "memory, MB"],
        pair.map((one) => {
          const each = rounds[one.name] ?? [];
          return [
            one.name,
            spreadText(each.map((round) => round.perSecond)),
            spreadText(each.map((round) => round.cpuPerRequest)),
            figure(one.startMs),
            figure(residentBytes(one.pids()) / 1024 / 1024),
          ];
        }),
      ),
      reloadTable(reloads),
    ],
    bars: bigPoolBars(rounds, reloads),
    leftOut: {},
    raw: { rounds, reloads, startMs: pair.map((one) => one.startMs) },
  };
}

function reloadTable(reloads: readonly Reload[]): string {
  return tableOf(["one key of 50,000 changed", "ms"], [
    ["from the change to the config in force", spreadText(reloads.map((reload) => reload.reloadMs))],
    ["longest answer meanwhile", spreadText(reloads.map((reload) => reload.longestMs))],
    ["longest answer without a change", spreadText(reloads.map((reload) => reload.calmLongestMs))],
  ]);
}

function bigPoolBars(
  rounds: ByContender<{ readonly perSecond: number }>,
  reloads: readonly Reload[],
): Section["bars"] {
  const values = ratios(rounds, [name(MANY), name(FEW)], (round) => round.perSecond);
  const reloadMs = medianOf(reloads.map((reload) => reload.reloadMs));
  const longestMs = medianOf(reloads.map((reload) => reload.longestMs));
  return [
    ratioBar({ what: "throughput with 50,000 keys", values, atLeast: 0.9, unit: "× with 20" }),
    {
      ...{ what: "reload with 50,000 keys", bar: "≤ 1 s" },
      ...{ figure: `${figure(reloadMs)} ms`, isMet: reloadMs <= 1_000 },
    },
    {
      ...{ what: "longest stall while reloading 50,000 keys", bar: "≤ 50 ms" },
      ...{ figure: `${figure(longestMs)} ms`, isMet: longestMs <= 50 },
    },
  ];
}

const name = (keys: number) => `${TIDEGATE}, ${keys.toLocaleString("en-US")} keys`;

async function reloadOnce(gateway: TidegateProcess, edition: number): Promise<Reload> {
  const probe = () =>
    runLoad({
      ...{ kind: "open", target: gateway.routes.plain, perSecond: PROBES_PER_SECOND, isPrecise: false },
      body: questionBody({ route: "plain", sizeBytes: 1_024 }),
      ...{ durationMs: PROBE_MS, warmUp: PROBES_PER_SECOND, seed: edition },
    }, PROBE_MS);
  const calm = await probe();
  const told = gateway.child.stderr.split(RELOADED).length;
  let reloadMs: number | undefined;
  const changing = async () => {
    // The generator has started and its first requests, which do not count, are through.
    await pause(PROBE_MS / 3);
    const changedMs = performance.now();
    await writeKeys(gateway.folder, "plain", MANY, edition);
    while (gateway.child.stderr.split(RELOADED).length === told) {
      if (performance.now() - changedMs > RELOAD_LIMIT_MS) throw new Error("the change was not taken over");
      await pause(2);
    }
    reloadMs = performance.now() - changedMs;
  };
  const probing = async () => {
    const longest: number[] = [];
    // One probe is enough where a reload is as quick as it should be.
    do longest.push(longestMs(await probe())); while (reloadMs === undefined);
    return Math.max(...longest);
  };
  const [loaded] = await Promise.all([probing(), changing()]);
  return { reloadMs: reloadMs ?? NaN, longestMs: loaded, calmLongestMs: longestMs(calm) };
}

const longestMs = ({ total }: LoadResult) => (total?.max ?? NaN) / 1_000;

/** How the log says that a config is in force. */
const RELOADED = "Configuration reloaded";
