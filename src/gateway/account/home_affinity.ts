import type { Tier } from "../../balancing/tier.ts";
import type { AttemptsAffinity } from "../../upstream/attempts_request.ts";
import { homeEndpoint } from "./account_request.ts";

/** Sends a tenant's new objects to the account that has its others; nothing is remembered, it is computed. */
export class HomeAffinity implements AttemptsAffinity {
  readonly isFirm = true;
  readonly #tenant: string;
  readonly #digest: (text: string) => string;

  /** `digest`: one nobody can foretell without the instance key. */
  constructor(tenant: string, digest: (text: string) => string) {
    this.#tenant = tenant;
    this.#digest = digest;
  }

  find(tier: Tier): string | undefined {
    return homeEndpoint(tier, this.#tenant, this.#digest);
  }

  hashKey(): string {
    return this.#tenant;
  }

  assign(): void {}
}
