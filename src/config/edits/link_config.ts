import { createHash } from "node:crypto";
import type { Secret } from "../../core/secret.ts";

/** An outbound proxy. */
export interface ProxyConfig {
  readonly name: string;
  /** Its URL; undefined: it is missing, and what names the proxy is off. */
  readonly url: Secret | undefined;
}

/** Certificates that are believed beside the system's; shown as a digest alone. */
export class Authorities {
  readonly #certificates: readonly string[];
  /** How many there are. */
  readonly count: number;
  /** Changes when they do. */
  readonly digest: string;

  /** `certificates`: each in PEM. */
  constructor(certificates: readonly string[]) {
    this.#certificates = certificates;
    this.count = certificates.length;
    this.digest = createHash("sha256").update(certificates.join("\n")).digest("hex").slice(0, 16);
  }

  /** Each in PEM. */
  get certificates(): readonly string[] {
    return this.#certificates;
  }
}

/** How a pool, an upstream or a key is reached, as far as it says. */
export interface LinkConfig {
  /** Name of a proxy, or `none`; undefined: as whoever stands above says. */
  readonly proxy: string | undefined;
  /** Undefined: as the pool says; a key has none. */
  readonly ca: Authorities | undefined;
}
