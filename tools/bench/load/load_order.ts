import type { Target } from "../contenders/contender.ts";
import type { Quantiles } from "../report/statistics.ts";

/** What the generator is to do, as JSON in its one argument. */
export type LoadOrder = StreamsOrder | OpenOrder | ClosedOrder;

interface AnyOrder {
  readonly target: Target;
  readonly body: string;
}

/** Opens streams evenly over a while and reads each to its end. */
export interface StreamsOrder extends AnyOrder {
  readonly kind: "streams";
  readonly count: number;
  /** Content chunks that each must bring. */
  readonly chunks: number;
  readonly openOverMs: number;
  /** Port of the upstream, whose clock the stamps are of. */
  readonly clockPort: number;
}

/** Sends by a schedule that is fixed beforehand, whether earlier answers are there or not. */
export interface OpenOrder extends AnyOrder {
  readonly kind: "open";
  readonly perSecond: number;
  readonly durationMs: number;
  /** Whether the generator spins for microseconds' sake, which takes a whole core, or sleeps to the millisecond. */
  readonly isPrecise: boolean;
  /** Requests at the beginning that are sent and not counted. */
  readonly warmUp: number;
  readonly seed: number;
}

/** Some connections, each of which sends as soon as its answer is there. */
export interface ClosedOrder extends AnyOrder {
  readonly kind: "closed";
  readonly connections: number;
  readonly durationMs: number;
  /** Ends the load earlier. */
  readonly maxRequests?: number;
}

/** What became of a load. Times are in microseconds. */
export interface LoadResult {
  readonly requests: number;
  /** Answers other than 200, and broken or incomplete ones; the first is told in `firstError`. */
  readonly errors: number;
  readonly firstError: string | undefined;
  readonly durationMs: number;
  /** From the planned time to the end of the answer; of a closed load from the sending. */
  readonly total?: Quantiles;
  /** From the planned time to the first content. */
  readonly firstContent?: Quantiles;
  /** From the stamp of a chunk to its arrival. */
  readonly chunkDelay?: Quantiles;
  readonly chunks?: number;
  /** How late requests were sent: the generator's own share of the times. */
  readonly sendSlip?: Quantiles;
}
