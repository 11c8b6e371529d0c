import type { Runtime } from "../../../core/runtime.ts";
import type { MasterKey } from "./master_key.ts";

/** The one form of a sealed text: `v1.<id of the master key>.<nonce, text and tag in base64url>`. */
const SEALED = /^v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/;

/** The master keys at hand: one to seal with, and those of before, with which some texts may still be sealed. */
export class KeyRing {
  readonly #runtime: Runtime;
  #current: MasterKey;
  readonly #byId = new Map<string, MasterKey>();

  constructor(current: MasterKey, before: readonly MasterKey[], runtime: Runtime) {
    this.#current = current;
    this.#runtime = runtime;
    for (const key of [...before, current]) this.#byId.set(key.id, key);
  }

  /** Seals with another key from now on; what was sealed before still opens. */
  add(key: MasterKey): void {
    this.#byId.set(key.id, key);
    this.#current = key;
  }

  /** Forgets all keys but the current one. */
  forgetOthers(): void {
    for (const id of this.#byId.keys()) if (id !== this.#current.id) this.#byId.delete(id);
  }

  /** See {@link MasterKey.seal}. */
  async seal(text: string, owner: string): Promise<string> {
    const key = this.#current;
    return `v1.${key.id}.${await key.seal(text, owner, this.#runtime)}`;
  }

  /** See {@link MasterKey.open}; also undefined for a form that this version does not know. */
  async open(sealed: string, owner: string): Promise<string | undefined> {
    const [, id, bytes] = SEALED.exec(sealed) ?? [];
    return bytes === undefined ? undefined : await this.#byId.get(id ?? "")?.open(bytes, owner);
  }

  /** Whether the current key sealed it. */
  isCurrent(sealed: string): boolean {
    return SEALED.exec(sealed)?.[1] === this.#current.id;
  }
}
