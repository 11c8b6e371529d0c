import type { Mark } from "./mark.ts";

/**
 * How an endpoint stands, in one word, the same in the admin API, the metrics and the commands. `unused`: of weight 0;
 * `cooldown`: the upstream told us to wait; `ejected`: our own judgement; `no_headroom`: its limits are used up;
 * `probation`: one request is to find out, or finds out, whether it works again.
 */
export const ENDPOINT_STATES = [
  "usable",
  "unused",
  "disabled",
  "invalid",
  "cooldown",
  "ejected",
  "no_headroom",
  "probation",
] as const;

/** One of {@link ENDPOINT_STATES}. */
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/** What a mark makes of what it stands on. */
export function stateOfMark({ state, trial }: Mark): EndpointState {
  return trial === true ? "probation" : state;
}
