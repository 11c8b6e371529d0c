import { createHmac } from "node:crypto";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** Bytes as lower-case base32 without padding (RFC 4648 §6, its alphabet in lower case). */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += BASE32[(buffer >> (bits - 5)) & 31];
      bits -= 5;
    }
    buffer &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32[(buffer << (5 - bits)) & 31];
}

/** Makes the stable, opaque names of endpoints and keys under one instance's key (`docs/design.md` §5, Ids). */
export class EndpointIdentity {
  readonly #instanceKey: Uint8Array;

  /** `instanceKey`: the 32 bytes of `instance.key`; another key gives other ids, and state kept under the old ones is not found again. */
  constructor(instanceKey: Uint8Array) {
    this.#instanceKey = instanceKey;
  }

  /** 16 characters for one provider, URL and key; says nothing about any of them without the instance key. */
  endpointId(provider: string, url: string, key: string): string {
    return this.#digest(`endpoint\0${provider}\0${url}\0${key}`).slice(0, 16);
  }

  /** 6 characters for a key alone: enough to tell keys of one operator apart, useless to guess by. */
  fingerprint(key: string): string {
    return this.#digest(`key\0${key}`).slice(0, 6);
  }

  /** 16 characters under which the health of a key, group or upstream is kept. */
  scope(kind: "key" | "group" | "upstream", ...parts: readonly string[]): string {
    return `${kind}:${this.#digest([kind, ...parts].join("\0")).slice(0, 16)}`;
  }

  /** 32 secret bytes for a purpose of their own. */
  seed(purpose: string): Uint8Array {
    return createHmac("sha256", this.#instanceKey).update(`seed\0${purpose}`).digest();
  }

  #digest(text: string): string {
    return base32(createHmac("sha256", this.#instanceKey).update(text).digest());
  }
}
