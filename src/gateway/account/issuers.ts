import type { HealthView } from "../../balancing/decide.ts";
import type { Candidate, Endpoint } from "../../balancing/endpoint.ts";
import { weightedRoundRobin } from "../../balancing/strategies/weighted_round_robin.ts";
import { makeTier, type Tier } from "../../balancing/tier.ts";
import type { AffinityKeys } from "../affinity/affinity_keys.ts";
import type { PinTable } from "./pins.ts";
import { sealedTexts } from "./sealed_texts.ts";

/** How long it is known who issued a sealed text, in milliseconds: longer than most conversations rest. */
const ISSUER_TTL_MS = 24 * 3_600_000;

/** Sealed texts of one answer that are remembered: a turn has a few. */
const MAX_LEARNT = 64;

/** Sealed texts of one request that are looked up, the latest first: an earlier one tells no more. */
const MAX_ASKED = 4;

/** Who asks or was answered, and under which member the format has its sealed texts. */
interface Sealing {
  readonly tenant: string;
  readonly member: string;
}

/** What {@link Issuers} works with. */
export interface IssuersRoom {
  readonly pins: PinTable;
  readonly affinityKeys: AffinityKeys;
}

/**
 * Knows which endpoint issued texts that only its account can read, such as encrypted reasoning: another account
 * refuses the conversation that holds them (seen in the wild as `invalid_encrypted_content`).
 */
export class Issuers {
  readonly #pins: PinTable;
  readonly #keys: AffinityKeys;

  constructor({ pins, affinityKeys }: IssuersRoom) {
    this.#pins = pins;
    this.#keys = affinityKeys;
  }

  /** An answer of `endpoint` handed these texts to the tenant. */
  learn(answer: Uint8Array, { tenant, member }: Sealing, endpoint: string): void {
    for (const text of sealedTexts(answer, member, MAX_LEARNT)) {
      this.#pins.pin(this.#idOf(tenant, text), { tenant, endpoint }, ISSUER_TTL_MS);
    }
  }

  /** The endpoint that issued the latest text of the request whose issuer is known. */
  async find(body: Uint8Array, { tenant, member }: Sealing): Promise<string | undefined> {
    for (const text of sealedTexts(body, member, MAX_ASKED)) {
      const pin = await this.#pins.find(this.#idOf(tenant, text));
      if (pin !== undefined && pin.tenant === tenant) return pin.endpoint;
    }
    return undefined;
  }

  #idOf(tenant: string, text: Uint8Array): string {
    return `sealed ${this.#keys.sealedKey(tenant, text).toString(36)}`;
  }
}

/** What {@link tiersOfIssuer} must know of now. */
export interface IssuerView {
  readonly health: HealthView;
  readonly model: string | undefined;
  /** Monotonic. */
  readonly nowMs: number;
}

/**
 * The tiers with only the issuer in them, and then only those that share its account, as far as that is declared;
 * undefined where none of them is left or will be soon: then the vendor decides.
 */
export function tiersOfIssuer(
  tiers: readonly Tier[],
  issuer: Endpoint | undefined,
  { health, model, nowMs }: IssuerView,
): readonly Tier[] | undefined {
  if (issuer === undefined) return undefined;
  const isUp = (candidate: Candidate) => {
    const state = health.exclusion(candidate, candidate.model ?? model, nowMs)?.state;
    return candidate.weight > 0 && state !== "disabled" && state !== "invalid";
  };
  const all = tiers.flatMap(({ candidates }) => candidates.filter(isUp));
  const own = all.filter(({ endpoint }) => endpoint.id === issuer.id);
  const kin = all.filter(({ endpoint: { id, scopes } }) =>
    id !== issuer.id && scopes.group === issuer.scopes.group
  );
  const left = [own, kin].filter((candidates) => candidates.length > 0);
  if (left.length === 0) return undefined;
  return left.map((candidates) => makeTier(candidates, { choosing: weightedRoundRobin.create({}) }));
}
