import type { Contender } from "../contenders/contender.ts";
import type { Upstreams } from "../upstream/start_upstreams.ts";

/** What all measurements share. */
export interface BenchRoom {
  /** In the order in which they take their turns. */
  readonly contenders: readonly Contender[];
  readonly upstreams: Upstreams;
  readonly byWrk: boolean;
  /** A short form: fewer and shorter rounds. */
  readonly isQuick: boolean;
  readonly say: (text: string) => void;
}
