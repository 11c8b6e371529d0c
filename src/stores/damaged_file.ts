import { DatabaseSync } from "node:sqlite";

/** What SQLite keeps beside its file: the write-ahead log and its index. They belong to the file and move with it. */
const SIDE_FILES = ["-wal", "-shm"];

/**
 * What is wrong with an SQLite file, as the end of a sentence, or undefined when nothing is, when there is no
 * file, or when it cannot be opened for another reason than damage. Reads every page, synchronously: about 50
 * ms for 100,000 entries (18 MB). It must be asked before Deno KV opens the file: a damaged page in the part where KV
 * keeps its queue makes a thread of KV panic, which ends the process (seen on Deno 2.9.6), again at every start.
 */
export function damageOf(path: string): string | undefined {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const row = database.prepare("PRAGMA quick_check(1)").get();
      return row?.quick_check === "ok" ? undefined : `is damaged (${firstLine(row?.quick_check)})`;
    } finally {
      database.close();
    }
  } catch (error) {
    return isDamage(error) ? `is damaged (${error.message})` : undefined;
  }
}

/**
 * Whether an error is SQLite's word for a damaged file (SQLITE_NOTADB, SQLITE_CORRUPT). All else, such as
 * locked, read-only, no space, no shared memory on a network disk, is no fault of the file.
 */
export function isDamage(error: unknown): error is Error {
  return error instanceof Error && /not a database|malformed/.test(error.message);
}

/**
 * Renames a damaged SQLite file and its side files out of the way and returns the new name. Nothing is
 * deleted: it may be all that is left of someone's state. `nowMs` (wall clock) makes the name unique.
 */
export async function setAside(path: string, nowMs: number): Promise<string> {
  const aside = `${path}.damaged-${Math.floor(nowMs)}`;
  await Deno.rename(path, aside);
  for (const suffix of SIDE_FILES) {
    try {
      await Deno.rename(path + suffix, aside + suffix);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return aside;
}

/** SQLite begins its findings with a line of asterisks. */
function firstLine(findings: unknown): string {
  return String(findings).split("\n").find((line) => !line.startsWith("***")) ?? "no details";
}
