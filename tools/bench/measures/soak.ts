import { TIDEGATE } from "../contenders/contender.ts";
import { questionBody } from "../load/request_bytes.ts";
import { runLoad } from "../load/run_load.ts";
import { throughput } from "../load/wrk.ts";
import { residentBytes } from "../process/accounting.ts";
import { figure, type Section, tableOf } from "../report/section.ts";
import { slopeOf } from "../report/slope.ts";
import { type BenchRoom, those } from "./room.ts";

/** Share of what goes through that the load is. */
const LOAD = 0.7;
const CONNECTIONS = 32;
const SAMPLE_EVERY_MS = 1_000;

/** Share at the beginning in which caches fill: not part of the slope. */
const BEGINNING = 0.25;

/** Growth an hour that counts as none, as a share of the memory held. */
const FLAT_WITHIN = 0.1;

/** A long load at 70 % of what goes through, and where the memory goes. */
export async function measureSoak(room: BenchRoom, durationMs: number): Promise<Section> {
  const [contender] = those(room, [TIDEGATE]);
  if (contender === undefined) throw new Error("Tidegate does not run");
  const body = questionBody({ route: "plain", sizeBytes: 1_024 });
  const target = contender.routes.plain;
  const most = await throughput({
    ...{ target, body, connections: CONNECTIONS, seconds: 10, byWrk: room.byWrk },
  });
  const perSecond = Math.round(most.perSecond * LOAD);
  room.say(`${perSecond} requests/s for ${Math.round(durationMs / 1_000)} s`);
  const samples: [minute: number, kilobytes: number][] = [];
  const startMs = performance.now();
  const sample = () =>
    samples.push([(performance.now() - startMs) / 60_000, residentBytes(contender.pids()) / 1024]);
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  try {
    const order = { kind: "open", target, body, perSecond, durationMs, isPrecise: false } as const;
    const { total, requests } = await runLoad({ ...order, warmUp: perSecond, seed: 1 }, durationMs);
    const kept = samples.slice(Math.floor(samples.length * BEGINNING));
    const slope = slopeOf(kept);
    const middle = kept[kept.length >> 1]?.[1] ?? NaN;
    const growth = slope.perUnit * 60 / middle;
    const text = `${figure(slope.perUnit)} ± ${figure(slope.error)} KB/min`;
    room.say(`memory slope ${text}`);
    return {
      name: "soak",
      title: "Endurance",
      about: `${perSecond.toLocaleString("en-US")} requests a second, ${
        LOAD * 100
      } % of what went through, for ${
        Math.round(durationMs / 60_000)
      } minutes. The slope is a straight line through the resident memory without the first quarter; ± is twice its standard error, which takes samples as independent and so is too small.`,
      tables: [tableOf(["requests", "p50, ms", "p99, ms", "memory, MB", "slope"], [[
        requests.toLocaleString("en-US"),
        figure((total?.p50 ?? NaN) / 1_000),
        figure((total?.p99 ?? NaN) / 1_000),
        figure(middle / 1024),
        text,
      ]])],
      bars: [{
        what: "memory at 70 % load",
        bar: `slope ~0 (under ${FLAT_WITHIN * 100} % of the memory an hour)`,
        figure: text,
        isMet: growth < FLAT_WITHIN || slope.perUnit - slope.error <= 0,
      }],
      leftOut: {},
      raw: { perSecond, samples, slope },
    };
  } finally {
    clearInterval(timer);
  }
}
