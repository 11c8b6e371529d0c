import { prefixChain } from "../../balancing/affinity/prefix_chain.ts";
import type { AffinityPolicy } from "../../balancing/affinity_policy.ts";
import { type HeaderFields, headerValue } from "../../core/exchange.ts";
import { KeyedHash } from "../../core/bytes/keyed_hash.ts";
import type { RequestFacts } from "../facts/request_facts.ts";
import { sessionOf } from "../facts/session_fields.ts";

/** Between whom affinity is kept apart. */
export interface AffinityOwner {
  /** Tier of a plan: its endpoints are the choice. */
  readonly scope: string;
  readonly tenant: string;
  /** As the client names it: prompt caches are a model's. */
  readonly model: string | undefined;
}

/** What of a request can make it belong with others. */
export interface AffinityTraits {
  readonly clientAddress: string;
  readonly headers: HeaderFields;
  readonly facts: RequestFacts;
}

/**
 * Makes the keys under which `AffinityTable` remembers. They are hashes under a secret of the instance: they stay
 * the same over a restart, tell nothing of addresses, sessions and prompts, and no tenant can make another's.
 */
export class AffinityKeys {
  readonly #seed: Uint8Array;

  /** `seed`: secret bytes, as `KeyedHash` takes them. */
  constructor(seed: Uint8Array) {
    this.#seed = seed;
  }

  /** The keys of what the request belongs to, from the general to the particular; none where it belongs to nothing. */
  chainOf(policy: AffinityPolicy, owner: AffinityOwner, traits: AffinityTraits): readonly number[] {
    const hash = new KeyedHash(this.#seed);
    hash.text(policy.by);
    hash.text(owner.tenant);
    hash.text(owner.model ?? "");
    hash.text(owner.scope);
    if (policy.by === "prefix") {
      const { opening } = traits.facts;
      return opening === undefined ? [] : prefixChain(opening, hash);
    }
    const name = nameOf(policy, traits);
    if (name === undefined) return [];
    hash.text(name);
    return [hash.value];
  }

  /** A key for a text that only the account that wrote it can read. */
  sealedKey(tenant: string, sealed: Uint8Array): number {
    const hash = new KeyedHash(this.#seed);
    hash.text("sealed");
    hash.text(tenant);
    hash.bytes(new DataView(sealed.buffer, sealed.byteOffset, sealed.length), 0, sealed.length);
    return hash.value;
  }
}

function nameOf({ by, header }: AffinityPolicy, traits: AffinityTraits): string | undefined {
  switch (by) {
    case "ip":
      return traits.clientAddress;
    case "header": {
      const value = header === undefined ? undefined : headerValue(traits.headers, header);
      return value === undefined || value === "" ? undefined : `${header}\0${value}`;
    }
    case "session": {
      const session = sessionOf(traits.headers, traits.facts.json);
      return session && `${session.field}\0${session.value}`;
    }
    default:
      // The tenant alone.
      return "";
  }
}
