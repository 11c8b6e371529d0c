import type { Secret } from "../secret.ts";

/** How a host is reached where the config says more than its URL; one object for all endpoints that are reached alike. */
export interface OutboundLink {
  /** Differs where any of the rest does, also from one config to the next; holds no secret. */
  readonly name: string;
  /** The proxy's URL; `none`: straight, whatever the environment says; undefined: as the environment says. */
  readonly proxy: Secret | "none" | undefined;
  /** Certificates in PEM that are believed beside the system's; empty: none. */
  readonly authorities: readonly string[];
}
