import type { Edits } from "../core/edits/edits.ts";
import type { OutboundLink } from "../core/edits/outbound_link.ts";
import type { Matcher } from "../core/pattern.ts";
import type { Secret } from "../core/secret.ts";
import type { EndpointQuota } from "./quota/declared/declared_limits.ts";
import type { EndpointLoad } from "./endpoint_load.ts";
import type { HealthPolicy } from "./health/health_policy.ts";

/**
 * One upstream URL with one key: the unit of balancing. Made anew for every generation; what was measured or
 * judged is kept apart (`load`, `health.ts`) and found again by id.
 */
export interface Endpoint {
  /** Opaque and stable: first 16 base32 characters of HMAC(provider, URL, key) under the instance key. */
  readonly id: string;
  /** Name of the pool that declares it. */
  readonly pool: string;
  /** Provider type. */
  readonly provider: string;
  /** Wire formats it speaks natively, the preferred one first; absent: its provider's. */
  readonly formats?: readonly string[];
  /** The upstream: its name in config (or its host) and base URL. */
  readonly upstream: { readonly name: string; readonly url: string };
  /** What the config says of its API's version; absent: nothing. */
  readonly apiVersion?: string;
  /** Its own name for a model, by the name asked for; absent: the same. */
  readonly rename?: (model: string) => string;
  /** The credential; absent when the pool sends none; `client` when the caller's own goes on. */
  readonly key:
    | { readonly secret: Secret; readonly name: string; readonly fingerprint: string }
    | "client"
    | undefined;
  /** Upstream weight × key weight, 0 or more; 0 takes no new traffic. */
  readonly weight: number;
  /** For strategies that fill first: smaller numbers before larger ones. */
  readonly priority: number;
  /** Whether it may serve a model; undefined: neither its upstream nor its key narrows the pool's list. */
  readonly models: Matcher | undefined;
  /**
   * Names under which health is kept (see `health.ts`): never an index, always derived from what they stand for.
   * `group` equals `key` where no quota group is declared.
   */
  readonly scopes: { readonly key: string; readonly group: string; readonly upstream: string };
  readonly load: EndpointLoad;
  /** What the config says of its quota; absent: nothing, and its group is found out by measuring. */
  readonly quota?: EndpointQuota;
  /** What the operator changes of requests to it and of its answers; absent: nothing. */
  readonly edits?: Edits | undefined;
  /** How its host is reached; absent: as the environment says, believing the system's certificates. */
  readonly link?: OutboundLink | undefined;
}

/** An endpoint in the running for one tier of a route. */
export interface Candidate {
  readonly endpoint: Endpoint;
  /** The endpoint's weight × the target's and, between pools, the pool's. */
  readonly weight: number;
  /** The model name to ask the upstream for; undefined: the name the client asked for. */
  readonly model: string | undefined;
  /** How its failures are judged; absent: `DEFAULT_HEALTH_POLICY`. */
  readonly health?: HealthPolicy;
  /** What its route changes after the endpoint's own edits; absent: nothing. */
  readonly edits?: Edits | undefined;
}
