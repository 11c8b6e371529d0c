import type { Registered } from "../../core/registry.ts";
import type { EndpointLoad } from "../endpoint_load.ts";

/** A way to say how busy an endpoint is. A new one is one file here and one line in `mod.ts`. */
export interface LoadMetric extends Registered {
  /** The literal name in config; equal to the file's name. */
  readonly type: string;
  /** One sentence for the config schema and the docs. */
  readonly summary: string;
  /** How busy, 0 or more; comparable between endpoints and O(1). `nowMs` is monotonic. */
  read(load: EndpointLoad, nowMs: number): number;
}
