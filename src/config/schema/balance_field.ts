import * as z from "zod";
import * as strategyModule from "../../balancing/strategies/mod.ts";
import type { Strategy } from "../../balancing/strategies/strategy.ts";
import { registryOf } from "../../core/registry.ts";
import { DEFAULT_SETTINGS } from "../settings.ts";
import { duration, object, oneOfText, says, summaries, word } from "./fields.ts";

const STRATEGIES = registryOf<Strategy>(strategyModule);

const HOUR_MS = 3_600_000;

const slowStart = z.union([word(["off"]), duration(1000, HOUR_MS)], {
  error: says('must be a duration such as "30s", or "off"'),
}).optional().describe(
  'How long an endpoint that is new, or back from an ejection or an invalid key, takes to get its full weight (default 30s); "off": it gets it at once.',
);

/** One strategy's own object: an option of another strategy is an unknown member. */
function branchOf({ type, summary, options }: Strategy) {
  const name = word([type]).describe(`${summary}.`);
  const strategy = type === DEFAULT_SETTINGS.balance.strategy ? name.optional() : name;
  return object({ strategy, slowStart, ...options });
}

const [first, ...rest] = STRATEGIES.all.map(branchOf);
// The registry is never empty: a start without strategies would have nothing to serve by.
if (first === undefined) throw new RangeError("Cannot describe 'balance': no strategy is registered");

/** `balance`: a strategy with its options. */
export const balance = z.discriminatedUnion("strategy", [first, ...rest], {
  error: (issue) => {
    if (issue.code !== "invalid_union") return undefined;
    const input: unknown = issue.input;
    const given = typeof input === "object" && input !== null && "strategy" in input
      ? input.strategy
      : undefined;
    return oneOfText(STRATEGIES.types, given);
  },
}).describe(
  `How an endpoint is chosen among equals (default ${DEFAULT_SETTINGS.balance.strategy}). ${
    summaries(STRATEGIES.all)
  }`,
);

/** `balance` as settings have it; the options are the strategy's own. */
export function balanceLayer(file: z.output<typeof balance>) {
  const { strategy, slowStart, ...options } = file;
  return { strategy, slowStartMs: slowStart === "off" ? 0 : slowStart, options };
}
