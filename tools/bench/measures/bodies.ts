import { BARE, type Contender, NGINX, TIDEGATE } from "../contenders/contender.ts";
import { questionBody } from "../load/request_bytes.ts";
import { runLoad } from "../load/run_load.ts";
import { type ByContender, figure, type Section, spreadText, tableOf } from "../report/section.ts";
import { medianOf } from "../report/statistics.ts";
import { type BenchRoom, those } from "./room.ts";
import { charge, inRounds, warmUp } from "./rounds.ts";

const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;

/** How much dearer a megabyte of the largest bodies may be than one of the middle ones and still count as linear. */
const LINEAR_WITHIN = 1.3;

const SIZES = [
  { name: "1 KB", bytes: KILOBYTE, requests: 1_000 },
  { name: "100 KB", bytes: 100 * KILOBYTE, requests: 500 },
  { name: "1 MB", bytes: MEGABYTE, requests: 150 },
  { name: "10 MB", bytes: 10 * MEGABYTE, requests: 30 },
] as const;

type SizeName = (typeof SIZES)[number]["name"];

/** CPU time of one request by the length of its body, in microseconds. */
type BodiesRound = Readonly<Record<SizeName, number>>;

/** One request after the other, of growing length. */
export async function measureBodies(room: BenchRoom): Promise<Section> {
  const load = (contender: Contender, bytes: number, maxRequests: number) => {
    // By the streaming upstream, which reads each body to its end; nginx answers before it has.
    const body = questionBody({ route: "streamed", sizeBytes: bytes });
    const order = { kind: "closed", target: contender.routes.streamed, body, connections: 1 } as const;
    return runLoad({ ...order, durationMs: 30_000, maxRequests }, 30_000);
  };
  const { contenders, leftOut } = await warmUp(
    those(room, [TIDEGATE, NGINX, BARE]),
    async (contender) => {
      for (const { bytes, requests } of SIZES) await load(contender, bytes, requests / 5);
    },
  );
  const rounds = await inRounds(contenders, room.isQuick ? 2 : 5, async (contender) => {
    const round: Record<string, number> = {};
    for (const { name, bytes, requests } of SIZES) {
      const charged = await charge(
        { contender, upstreamPids: room.upstreams.pids },
        () => load(contender, bytes, requests),
      );
      round[name] = charged.cpu / charged.result.requests;
    }
    room.say(
      `${contender.name}: ${
        SIZES.map(({ name }) => `${name} ${figure(round[name] ?? NaN)}`).join(", ")
      } µs of CPU a request`,
    );
    return round as BodiesRound;
  });
  return {
    name: "bodies",
    title: "Long requests",
    about: "One connection, one request after the other; the upstream reads each body to its end.",
    tables: [tableOf(
      ["CPU µs a request", ...SIZES.map(({ name }) => name)],
      Object.entries(rounds).map(([name, each]) => [
        name,
        ...SIZES.map((size) => spreadText(each.map((round) => round[size.name]))),
      ]),
    )],
    bars: bodiesBars(rounds),
    leftOut,
    raw: rounds,
  };
}

function bodiesBars(rounds: ByContender<BodiesRound>): Section["bars"] {
  const own = rounds[TIDEGATE] ?? [];
  const medianMs = (name: SizeName) => medianOf(own.map((round) => round[name])) / 1_000;
  const growth = medianMs("10 MB") / 10 / medianMs("1 MB");
  return [
    {
      ...{ what: "CPU of a request of 1 MB", bar: "≤ 5 ms" },
      ...{ figure: `${figure(medianMs("1 MB"))} ms`, isMet: medianMs("1 MB") <= 5 },
    },
    {
      what: "CPU grows with the body no faster than its length",
      bar: `a megabyte of 10 MB ≤ ${LINEAR_WITHIN} × one of 1 MB`,
      figure: `${figure(growth)} ×`,
      isMet: growth <= LINEAR_WITHIN,
    },
  ];
}
