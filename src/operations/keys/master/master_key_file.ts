import { Buffer } from "node:buffer";
import { join, resolve } from "node:path";
import type { Runtime } from "../../../core/runtime.ts";
import { Secret } from "../../../core/secret.ts";
import { KeyRing } from "./key_ring.ts";
import { MasterKey, MIN_MASTER_KEY_LENGTH } from "./master_key.ts";

/** Name of the file in the data directory, where none is named. */
const FILE_NAME = "master.key";

/** Bytes of chance in a master key that the gateway makes. */
const MADE_BYTES = 32;

/** The master key cannot be had; the message is one line for the operator. */
export class MasterKeyError extends Error {
  override readonly name = "MasterKeyError";
}

/** Where the master key comes from. */
export interface MasterKeyPlace {
  readonly dataDir: string;
  /** `TIDEGATE_MASTER_KEY`: the key itself, or `file:PATH`. `TIDEGATE_MASTER_KEY_BEFORE`: the one before it, while keys are still sealed under that. */
  readonly env: (name: string) => string | undefined;
  readonly runtime: Runtime;
}

/** Master keys as they were found, and how to change them. */
export interface MasterKeys {
  readonly ring: KeyRing;
  /** Absolute path of the file that keeps it; undefined: it stands in the environment. */
  readonly path: string | undefined;
  /** It was made just now. */
  readonly isNew: boolean;
  /** A change of the key was begun and not ended: some keys may be sealed under either. */
  readonly isChanging: boolean;
  /** A change of the key broke off while its new key was written: that is left, and the next change writes another. */
  readonly isCutShort: boolean;
  /** The texts themselves, for the redactor. */
  secrets(): readonly string[];
  /** Makes a new key and seals with it from now on; both are on disk until {@link endChange}. Rejects with {@link MasterKeyError} where it stands in the environment. */
  beginChange(): Promise<void>;
  /** Nothing is sealed under the old key any more: it is overwritten. */
  endChange(): Promise<void>;
}

/** Finds the master key, or makes one beside `instance.key`. Rejects with {@link MasterKeyError}. */
export async function openMasterKeys({ dataDir, env, runtime }: MasterKeyPlace): Promise<MasterKeys> {
  const given = env("TIDEGATE_MASTER_KEY")?.trim() ?? "";
  const before = env("TIDEGATE_MASTER_KEY_BEFORE")?.trim() ?? "";
  const older = before === "" ? [] : [await textOf(before, "TIDEGATE_MASTER_KEY_BEFORE")];
  if (given !== "" && !given.startsWith("file:")) {
    return await MasterKeysAtHand.open({ older, current: new Secret(given), path: undefined, runtime });
  }
  const path = given === "" ? join(dataDir, FILE_NAME) : pathOf(given);
  const found = await readKey(path);
  const lying = await readKey(nextTo(path));
  // A next key is whole on the disk before anything is sealed under it, so nothing needs one that was cut short.
  const isCutShort = found !== undefined && lying !== undefined && isShort(lying);
  const next = isCutShort ? undefined : lying;
  if (found === undefined && next === undefined && given !== "") {
    throw new MasterKeyError(`The master key file '${path}' that TIDEGATE_MASTER_KEY names holds none.`);
  }
  const isNew = found === undefined && next === undefined;
  const current = next ?? found ?? await makeKey(path, runtime);
  if (next !== undefined && found !== undefined) older.push(found);
  return await MasterKeysAtHand.open({
    older,
    current,
    path,
    isNew,
    isCutShort,
    hasNext: next !== undefined,
    runtime,
  });
}

interface Found {
  readonly older: readonly Secret[];
  readonly current: Secret;
  readonly path: string | undefined;
  readonly isNew?: boolean;
  readonly isCutShort?: boolean;
  /** The file of a next key lies there. */
  readonly hasNext?: boolean;
  readonly runtime: Runtime;
}

class MasterKeysAtHand implements MasterKeys {
  readonly ring: KeyRing;
  readonly path: string | undefined;
  readonly isNew: boolean;
  readonly isCutShort: boolean;
  readonly #runtime: Runtime;
  #texts: readonly Secret[];
  #hasNext: boolean;

  private constructor(ring: KeyRing, { older, current, path, isNew, isCutShort, hasNext, runtime }: Found) {
    this.ring = ring;
    this.path = path;
    this.isNew = isNew ?? false;
    this.isCutShort = isCutShort ?? false;
    this.#runtime = runtime;
    this.#texts = [...older, current];
    this.#hasNext = hasNext ?? false;
  }

  static async open(found: Found): Promise<MasterKeysAtHand> {
    try {
      const older = await Promise.all(found.older.map((text) => MasterKey.from(text)));
      const ring = new KeyRing(await MasterKey.from(found.current), older, found.runtime);
      return new MasterKeysAtHand(ring, found);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const where = found.path === undefined ? "TIDEGATE_MASTER_KEY" : `'${found.path}'`;
      throw new MasterKeyError(`${error.message}: ${where}. 'openssl rand -base64 32' makes a good one.`);
    }
  }

  get isChanging(): boolean {
    // Also where the environment names another key in place of the one before it, whether as text or in a file.
    return this.#hasNext || this.#texts.length > 1;
  }

  secrets(): readonly string[] {
    return this.#texts.map((text) => text.reveal());
  }

  async beginChange(): Promise<void> {
    if (this.path === undefined) {
      throw new MasterKeyError(
        "The master key stands in TIDEGATE_MASTER_KEY, which a program cannot change. Set it to a new key and " +
          "TIDEGATE_MASTER_KEY_BEFORE to the old one, and restart: all keys are then sealed anew.",
      );
    }
    // One that was begun and broke off is taken up again: keys may be sealed under its new key already.
    if (this.#hasNext) return;
    const text = await makeKey(nextTo(this.path), this.#runtime);
    this.#texts = [...this.#texts, text];
    this.ring.add(await MasterKey.from(text));
    this.#hasNext = true;
  }

  async endChange(): Promise<void> {
    if (this.path !== undefined && this.#hasNext) await rename(nextTo(this.path), this.path);
    this.#hasNext = false;
    this.#texts = this.#texts.slice(-1);
    this.ring.forgetOthers();
  }
}

function isShort(text: Secret): boolean {
  return text.reveal().length < MIN_MASTER_KEY_LENGTH;
}

/** Where the new key lies while keys are sealed anew. */
function nextTo(path: string): string {
  return `${path}.next`;
}

function pathOf(reference: string): string {
  return resolve(reference.slice("file:".length));
}

async function textOf(given: string, name: string): Promise<Secret> {
  if (!given.startsWith("file:")) return new Secret(given);
  const text = await readKey(pathOf(given));
  if (text !== undefined) return text;
  throw new MasterKeyError(`The master key file '${pathOf(given)}' that ${name} names holds none.`);
}

/** The first line of the file; undefined where there is none. */
async function readKey(path: string): Promise<Secret | undefined> {
  try {
    const text = (await Deno.readTextFile(path)).split("\n", 1)[0]?.trim() ?? "";
    return text === "" ? undefined : new Secret(text);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new MasterKeyError(`The master key file '${path}' cannot be read (${nameOf(error)}).`);
  }
}

/** Makes a key and its file (0600), on the disk before anything is sealed with it. */
async function makeKey(path: string, runtime: Runtime): Promise<Secret> {
  const text = Buffer.from(runtime.randomBytes(MADE_BYTES)).toString("base64url");
  try {
    using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
    if (Deno.build.os !== "windows") await Deno.chmod(path, 0o600);
    await file.write(new TextEncoder().encode(`${text}\n`));
    await file.syncData();
  } catch (error) {
    throw new MasterKeyError(`The master key file '${path}' cannot be written (${nameOf(error)}).`);
  }
  return new Secret(text);
}

async function rename(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    throw new MasterKeyError(`The master key file '${to}' cannot be replaced (${nameOf(error)}).`);
  }
}

/** An error's class (`PermissionDenied`) without its text. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown error";
}
