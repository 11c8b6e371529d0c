import { createHmac } from "node:crypto";
import type { Secret } from "../../core/secret.ts";
import { HmacSha256 } from "../../core/bytes/hmac_sha256.ts";

/** Characters of a key's fingerprint, with which its id begins. */
export const FINGERPRINT_LENGTH = 6;

/** Characters of a key's id: 130 bits, so that no two keys ever share one. */
const KEY_ID_LENGTH = 26;

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
  readonly #hmac: HmacSha256;
  readonly #keyIds = new WeakMap<Secret, string>();

  /** `instanceKey`: the 32 bytes of `instance.key`; another key gives other ids, and state kept under the old ones is not found again. */
  constructor(instanceKey: Uint8Array) {
    this.#instanceKey = instanceKey;
    this.#hmac = new HmacSha256(instanceKey);
  }

  /** 16 characters for one provider, URL and key; says nothing about any of them without the instance key. */
  endpointId(provider: string, url: string, key: string): string {
    return this.#digest(`endpoint\0${provider}\0${url}\0${key}`, 16);
  }

  /** 6 characters for a key alone: enough to tell keys of one operator apart, useless to guess by. */
  fingerprint(key: string): string {
    return this.#digest(`key\0${key}`, FINGERPRINT_LENGTH);
  }

  /** The {@link fingerprint} and 20 characters more, under which keys made at run time are kept: nothing tells the key from it. */
  keyId(key: Secret): string {
    let id = this.#keyIds.get(key);
    if (id === undefined) {
      id = this.#digest(`key\0${key.reveal()}`, KEY_ID_LENGTH);
      this.#keyIds.set(key, id);
    }
    return id;
  }

  /** 16 characters under which the health of a key, group or upstream is kept. */
  scope(kind: "key" | "group" | "upstream", ...parts: readonly string[]): string {
    return `${kind}:${this.#digest([kind, ...parts].join("\0"), 16)}`;
  }

  /** 32 secret bytes for a purpose of their own. */
  seed(purpose: string): Uint8Array {
    return createHmac("sha256", this.#instanceKey).update(`seed\0${purpose}`).digest();
  }

  #digest(text: string, length: number): string {
    // Five bits a character: the other bytes of the digest need no spelling.
    return base32(this.#hmac.digest(text).subarray(0, Math.ceil(length * 5 / 8))).slice(0, length);
  }
}
