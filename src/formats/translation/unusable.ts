import { GatewayError } from "../../core/errors.ts";

/** What readers and writers of answers throw where telling the answer would tell something untrue: `upstream_malformed`. */
export function unusable(why: string): GatewayError {
  return new GatewayError("upstream_malformed", why);
}
