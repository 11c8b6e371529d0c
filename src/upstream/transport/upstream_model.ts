import type { Candidate } from "../../balancing/endpoint.ts";

/**
 * The upstream's own name for what is asked of a candidate: the target's name or else the client's, by the endpoint's
 * `rename`. Health, quota and limits keep to the name before it. Undefined: the request names none.
 */
export function upstreamModel({ model, endpoint }: Candidate, asked: string | undefined): string | undefined {
  const named = model ?? asked;
  return named === undefined ? undefined : endpoint.rename?.(named) ?? named;
}
