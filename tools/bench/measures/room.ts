import type { Contender } from "../contenders/contender.ts";
import type { TidegateProcess } from "../contenders/tidegate.ts";
import type { Upstreams } from "../upstream/start_upstreams.ts";

/** What all measurements share. */
export interface BenchRoom {
  /** Those that run all the time, in the order in which they take their turns. */
  readonly contenders: readonly Contender[];
  /** Starts one anew by its name, for what needs a process that has seen nothing. */
  readonly fresh: Readonly<Record<string, () => Promise<Contender>>>;
  /** Starts a Tidegate with so many keys in each of its pools. */
  readonly freshTidegate: (keys: number) => Promise<TidegateProcess>;
  readonly upstreams: Upstreams;
  readonly byWrk: boolean;
  /** A short form: fewer and shorter rounds. */
  readonly isQuick: boolean;
  readonly say: (text: string) => void;
}

/** The contenders of these names, as many of them as there are. */
export function those({ contenders }: BenchRoom, names: readonly string[]): Contender[] {
  return contenders.filter(({ name }) => names.includes(name));
}
