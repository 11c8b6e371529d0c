import { Buffer } from "node:buffer";
import { hkdf } from "node:crypto";
import { promisify } from "node:util";
import type { Runtime } from "../../../core/runtime.ts";
import type { Secret } from "../../../core/secret.ts";

/** Fewest characters of a master key: half of them chance would still be 80 bits. */
export const MIN_MASTER_KEY_LENGTH = 32;

/** Bytes of a nonce (NIST SP 800-38D, §8.2: 96 bits); drawn by chance, good for 2^32 keys under one master key. */
const NONCE_BYTES = 12;

/** Bytes of a GCM tag, at the end of what is sealed. */
const TAG_BYTES = 16;

/** Seals short texts under one master key: AES-256-GCM, each with a nonce of its own and bound to what it belongs to. */
export class MasterKey {
  /** 8 characters that tell master keys apart and say nothing of them. */
  readonly id: string;
  readonly #key: CryptoKey;

  private constructor(id: string, key: CryptoKey) {
    this.id = id;
    this.#key = key;
  }

  /** Derives one from its text (HKDF-SHA-256, RFC 5869). Rejects with `RangeError` for one that is too short. */
  static async from(text: Secret): Promise<MasterKey> {
    const { length } = text.reveal();
    if (length < MIN_MASTER_KEY_LENGTH) {
      throw new RangeError(
        `The master key has ${length} characters; at least ${MIN_MASTER_KEY_LENGTH} are needed`,
      );
    }
    const key = await crypto.subtle.importKey(
      "raw",
      await derived(text, "aes-256-gcm", 32),
      "AES-GCM",
      false,
      [
        "encrypt",
        "decrypt",
      ],
    );
    return new MasterKey(Buffer.from(await derived(text, "id", 5)).toString("hex").slice(0, 8), key);
  }

  /** `owner`: what the text belongs to; it opens for no other. */
  async seal(text: string, owner: string, runtime: Runtime): Promise<string> {
    const nonce = new Uint8Array(runtime.randomBytes(NONCE_BYTES));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv: nonce, additionalData: encoder.encode(owner), tagLength: TAG_BYTES * 8 },
      this.#key,
      encoder.encode(text),
    );
    return Buffer.concat([nonce, new Uint8Array(sealed)]).toString("base64url");
  }

  /** The text; undefined where it was sealed under another key, for another owner, or is damaged. Never rejects. */
  async open(sealed: string, owner: string): Promise<string | undefined> {
    const bytes = new Uint8Array(Buffer.from(sealed, "base64url"));
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    try {
      const text = await crypto.subtle.decrypt(
        {
          name: "AES-GCM",
          iv: bytes.subarray(0, NONCE_BYTES),
          additionalData: encoder.encode(owner),
          tagLength: TAG_BYTES * 8,
        },
        this.#key,
        bytes.subarray(NONCE_BYTES),
      );
      return new TextDecoder().decode(text);
    } catch {
      return undefined;
    }
  }
}

const encoder = new TextEncoder();
const hkdfOf = promisify(hkdf);

async function derived(text: Secret, purpose: string, sizeBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const info = `tidegate upstream keys v1\0${purpose}`;
  return new Uint8Array(await hkdfOf("sha256", text.reveal(), new Uint8Array(0), info, sizeBytes));
}
