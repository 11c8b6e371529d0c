/** Names of the measurements, in their order. */
export const MEASUREMENTS = [
  "start",
  "throughput",
  "chunks",
  "latency",
  "many-streams",
  "bodies",
  "big-pool",
  "micro",
  "soak",
] as const;

export type Measurement = (typeof MEASUREMENTS)[number];

/** What the command line asks for. */
export interface BenchOrder {
  readonly only: readonly Measurement[];
  readonly isQuick: boolean;
  readonly asJson: boolean;
  /** Whether `docs/benchmarks.md` takes the figures. */
  readonly writesPage: boolean;
  readonly withPortkey: boolean;
  readonly soakMs: number;
}

/** How it is called. */
export const USAGE =
  `deno task bench [--only=NAME,…] [--quick] [--soak=MINUTESm] [--no-portkey] [--no-page] [--json]
  --only        of ${MEASUREMENTS.join(", ")} (all but soak, which runs when --soak or --only names it)
  --quick       fewer and shorter rounds; does not touch docs/benchmarks.md
  --soak=10m    a long load at 70 % of what goes through
  --no-portkey  does not fetch and start Portkey's gateway
  --no-page     leaves docs/benchmarks.md as it is
  --json        all figures on stdout, raw
`;

/** Reads the arguments, or says what is wrong with them. */
export function readOrder(args: readonly string[]): BenchOrder | string {
  const flags = new Map(args.map((arg) => {
    const [name = "", value = ""] = arg.split("=");
    return [name, value];
  }));
  const known = ["--only", "--quick", "--soak", "--no-portkey", "--no-page", "--json"];
  for (const name of flags.keys()) {
    if (!known.includes(name)) return `Cannot use '${name}'.\n${USAGE}`;
  }
  const only: Measurement[] = [];
  for (const name of flags.get("--only")?.split(",") ?? []) {
    const found = MEASUREMENTS.find((one) => one === name);
    if (found === undefined) return `There is no measurement '${name}'.\n${USAGE}`;
    only.push(found);
  }
  const minutes = Number(/^(\d+)m$/.exec(flags.get("--soak") ?? "10m")?.[1]);
  if (Number.isNaN(minutes)) return `--soak takes minutes, such as --soak=10m.\n${USAGE}`;
  const all = MEASUREMENTS.filter((name) => name !== "soak" || flags.has("--soak"));
  const isQuick = flags.has("--quick");
  return {
    only: only.length > 0 ? only : all,
    isQuick,
    asJson: flags.has("--json"),
    writesPage: !isQuick && !flags.has("--no-page"),
    withPortkey: !flags.has("--no-portkey"),
    soakMs: minutes * 60_000,
  };
}
