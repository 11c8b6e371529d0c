/**
 * Replaces the plain file at `path` by `<path>.gz`, streaming. `claim` makes the temporary file `<path>.gz.tmp`,
 * whose presence keeps a writer from adding to the plain file. The plain file is deleted only when all of it is on
 * the disk compressed; a plain file beside a finished `.gz` can only be left over from a crash between the two, so
 * it is deleted. Rejects when `signal` aborts or the disk fails: then nothing has changed.
 */
export async function compressFile(
  path: string,
  claim: (create: () => Promise<Deno.FsFile>) => Promise<Deno.FsFile>,
  signal: AbortSignal,
): Promise<void> {
  const compressed = `${path}.gz`;
  const temporary = `${compressed}.tmp`;
  if (await exists(compressed)) return await Deno.remove(path);
  const target = await claim(() => Deno.open(temporary, { write: true, createNew: true, mode: 0o600 }));
  try {
    try {
      const source = await Deno.open(path);
      for await (const chunk of source.readable.pipeThrough(new CompressionStream("gzip"))) {
        signal.throwIfAborted();
        for (let at = 0; at < chunk.length;) at += await target.write(chunk.subarray(at));
      }
      await target.sync();
    } finally {
      target.close();
    }
    await Deno.rename(temporary, compressed);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  await Deno.remove(path);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
