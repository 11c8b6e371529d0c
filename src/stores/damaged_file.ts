/** What SQLite keeps beside its file: the write-ahead log and its index. They belong to the file and move with it. */
const SIDE_FILES = ["-wal", "-shm"];

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
