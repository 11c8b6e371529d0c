import { join, resolve } from "node:path";
import type { Runtime } from "../core/runtime.ts";
import { Secret } from "../core/secret.ts";
import { base32 } from "../gateway/routing/endpoint_identity.ts";

/** The data directory cannot be used; the message is one line for the operator. */
export class DataDirError extends Error {
  override readonly name = "DataDirError";
}

/** Bits of a generated tenant key and of the admin token. */
const KEY_BITS = 160;

/** A data directory that this process alone holds. */
export interface DataDir extends Disposable {
  /** Absolute. */
  readonly path: string;
  /** 32 bytes under which endpoint ids are made. */
  readonly instanceKey: Uint8Array;
  /** The key of the tenant the gateway makes itself where the config names none. */
  readonly tenantKey: Secret;
  /** The file that keeps {@link tenantKey}. */
  readonly tenantKeyPath: string;
  /** The tenant key was made just now. */
  readonly isNewTenantKey: boolean;
  /** Opens `/admin/*`; kept in `admin.token`. */
  readonly adminToken: Secret;
}

/**
 * Makes the directory where it is missing (0700), takes its lock (kept by the kernel: a killed process leaves none
 * behind) and reads or makes `instance.key`, `tenant.key` and `admin.token` (0600). Throws {@link DataDirError} when the directory
 * cannot be written or another process holds it.
 */
export async function openDataDir(wanted: string, runtime: Runtime): Promise<DataDir> {
  const path = resolve(wanted);
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DataDirError(
      `The data directory '${path}' cannot be made (${nameOf(error)}). ${CHOOSE_ANOTHER}`,
    );
  }
  const lock = await takeLock(path);
  try {
    const instance = await keyFile(join(path, "instance.key"), () => hex(runtime.randomBytes(32)));
    const tenantKeyPath = join(path, "tenant.key");
    const tenant = await keyFile(
      tenantKeyPath,
      () => `sk-tg-${base32(runtime.randomBytes(KEY_BITS / 8))}`,
    );
    const admin = await keyFile(
      join(path, "admin.token"),
      () => `tg-admin-${base32(runtime.randomBytes(KEY_BITS / 8))}`,
    );
    return {
      path,
      adminToken: new Secret(admin.text),
      instanceKey: new TextEncoder().encode(instance.text),
      tenantKey: new Secret(tenant.text),
      tenantKeyPath,
      isNewTenantKey: tenant.isNew,
      [Symbol.dispose]: () => lock.close(),
    };
  } catch (error) {
    lock.close();
    if (error instanceof DataDirError) throw error;
    throw new DataDirError(
      `The data directory '${path}' cannot be used (${nameOf(error)}). ${CHOOSE_ANOTHER}`,
    );
  }
}

const CHOOSE_ANOTHER = "Make it writable for this user, or choose another with --data-dir.";

async function takeLock(path: string): Promise<Deno.FsFile> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(join(path, "lock"), { create: true, read: true, write: true, mode: 0o600 });
  } catch (error) {
    throw new DataDirError(
      `The data directory '${path}' is not writable (${nameOf(error)}). ${CHOOSE_ANOTHER}`,
    );
  }
  let isOurs: boolean;
  try {
    isOurs = await file.tryLock(true);
  } catch (error) {
    file.close();
    throw new DataDirError(
      `The data directory '${path}' cannot be locked (${nameOf(error)}): its file system knows no locks. ` +
        "Choose one on a local disk with --data-dir.",
    );
  }
  if (isOurs) return file;
  file.close();
  throw new DataDirError(
    `Another Tidegate process uses the data directory '${path}'. Stop it, or choose another with --data-dir.`,
  );
}

/** The first line of a key file; made, and never overwritten, when it is missing or empty. */
async function keyFile(path: string, make: () => string): Promise<{ text: string; isNew: boolean }> {
  try {
    const text = (await Deno.readTextFile(path)).split("\n", 1)[0]?.trim() ?? "";
    if (text.length >= 16) return { text, isNew: false };
    if (text !== "") {
      throw new DataDirError(
        `'${path}' holds a key of ${text.length} characters; at least 16 are needed. Delete it to have one made.`,
      );
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const text = make();
  await Deno.writeTextFile(path, text + "\n", { mode: 0o600 });
  // The mode above is for a file that is made; an empty one that was there keeps its own.
  if (Deno.build.os !== "windows") await Deno.chmod(path, 0o600);
  return { text, isNew: true };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** An error's class (`PermissionDenied`, `NotADirectory`) without its text. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown error";
}
