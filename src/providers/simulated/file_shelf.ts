import type { Buffer } from "node:buffer";
import { VendorRefusal } from "./vendor_refusal.ts";

/** A file as one account stored it. */
export interface ShelvedFile {
  readonly id: string;
  readonly filename: string;
  readonly purpose: string;
  readonly createdSeconds: number;
  readonly bytes: Buffer;
}

/** Most files one vendor keeps, over all accounts. */
const MAX_FILES = 200;
/** Largest file it keeps. */
const MAX_FILE_BYTES = 1024 * 1024;

/** The files of one vendor, in memory and apart by account, as at a real one. */
export class FileShelf {
  readonly #byAccount = new Map<string, Map<string, ShelvedFile>>();
  #count = 0;

  /** Keeps a file; refuses one that is too large (413) or one too many (400). */
  put(account: string, file: ShelvedFile): void {
    if (file.bytes.length > MAX_FILE_BYTES) {
      throw new VendorRefusal(413, `The file is larger than the ${MAX_FILE_BYTES} bytes kept here`);
    }
    if (this.#count >= MAX_FILES) {
      throw new VendorRefusal(400, `There are ${MAX_FILES} files already: delete one first`);
    }
    let own = this.#byAccount.get(account);
    if (own === undefined) this.#byAccount.set(account, own = new Map());
    own.set(file.id, file);
    this.#count++;
  }

  /** The account's files, oldest first. */
  list(account: string): readonly ShelvedFile[] {
    return [...(this.#byAccount.get(account)?.values() ?? [])];
  }

  /** One of the account's files; refuses with 404 when it has none of that id. */
  get(account: string, id: string): ShelvedFile {
    const file = this.#byAccount.get(account)?.get(id);
    if (file === undefined) {
      throw new VendorRefusal(404, `No such File object: ${id}`, { param: "id", code: "not_found" });
    }
    return file;
  }

  /** Forgets one of the account's files; refuses with 404 when it has none of that id. */
  delete(account: string, id: string): void {
    this.get(account, id);
    const own = this.#byAccount.get(account);
    own?.delete(id);
    if (own?.size === 0) this.#byAccount.delete(account);
    this.#count--;
  }
}
