import type { VendorCounts } from "../../providers/simulated/vendor.ts";
import type { Heard } from "./ask.ts";

/** Most first-token times kept for a median; the oldest go first. */
const MAX_TIMES = 1000;

/** What the demo shows, at one moment; also the shape of its JSON lines. */
export interface DemoReport {
  readonly seconds: number;
  readonly requests: number;
  readonly ok: number;
  readonly failed: number;
  /** Answers that took more than one attempt. */
  readonly failovers: number;
  readonly inFlight: number;
  /** Median of streams, in milliseconds; null before the first. */
  readonly firstTokenP50Ms: number | null;
  readonly upstreams: readonly UpstreamReport[];
}

/** One upstream's line. */
export interface UpstreamReport {
  readonly name: string;
  /** Answers to the demo's questions that came from here. */
  readonly served: number;
  readonly firstTokenP50Ms: number | null;
  /** 429 answers it gave. */
  readonly limited: number;
  /** Errors it gave. */
  readonly failed: number;
  /** Answers it broke off. */
  readonly cut: number;
}

/** Adds up what the demo's traffic heard. */
export class Tally {
  #requests = 0;
  #over = 0;
  #ok = 0;
  #failovers = 0;
  readonly #served = new Map<string, number>();
  readonly #times = new Map<string, number[]>();
  readonly #allTimes: number[] = [];

  /** A question goes out. */
  asked(): void {
    this.#requests++;
  }

  /** Its answer is over. */
  heard(answer: Heard): void {
    this.#over++;
    if (answer.ok) this.#ok++;
    if (answer.attempts > 1) this.#failovers++;
    if (answer.upstream === undefined) return;
    this.#served.set(answer.upstream, (this.#served.get(answer.upstream) ?? 0) + 1);
    if (answer.firstTokenMs === undefined) return;
    let times = this.#times.get(answer.upstream);
    if (times === undefined) this.#times.set(answer.upstream, times = []);
    for (const list of [times, this.#allTimes]) {
      if (list.push(answer.firstTokenMs) > MAX_TIMES) list.shift();
    }
  }

  /** Everything so far, beside what the vendors themselves counted. */
  report(
    seconds: number,
    vendors: readonly { readonly name: string; readonly counts: VendorCounts }[],
  ): DemoReport {
    return {
      seconds,
      requests: this.#requests,
      ok: this.#ok,
      failed: this.#over - this.#ok,
      failovers: this.#failovers,
      inFlight: this.#requests - this.#over,
      firstTokenP50Ms: median(this.#allTimes),
      upstreams: vendors.map(({ name, counts }) => ({
        name,
        served: this.#served.get(name) ?? 0,
        firstTokenP50Ms: median(this.#times.get(name) ?? []),
        limited: counts.limited,
        failed: counts.failed,
        cut: counts.cut,
      })),
    };
  }
}

function median(times: readonly number[]): number | null {
  const middle = times.toSorted((a, b) => a - b)[times.length >> 1];
  return middle === undefined ? null : Math.round(middle);
}
