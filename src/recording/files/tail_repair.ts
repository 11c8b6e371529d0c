import { systemDisk } from "./disk.ts";

/** What {@link repairTail} did. */
export interface TailRepair {
  /** Bytes cut off; 0 when the file ended in a whole line. */
  readonly cutBytes: number;
  /** Whether they are kept in `<path>.torn`; false when that could not be written (a full disk). */
  readonly kept: boolean;
}

/** Bytes looked at or copied at a time. */
const BLOCK_BYTES = 65_536;

const LINE_FEED = 0x0a;

/**
 * Makes a file end in a whole line: what stands after its last line feed is moved to `<path>.torn`. A process that
 * was killed while it wrote leaves such an end; the next line would be glued to it and both lost.
 */
export async function repairTail(path: string): Promise<TailRepair> {
  using file = await Deno.open(path, { read: true, write: true });
  const { size } = await file.stat();
  const keepBytes = await endOfLastLine(file, size);
  if (keepBytes === size) return { cutBytes: 0, kept: true };
  let kept = true;
  try {
    await copyTail(file, keepBytes, size, `${path}.torn`);
  } catch {
    // A full disk must not keep the file torn: half a line is worth less than the lines that follow.
    kept = false;
  }
  await file.truncate(keepBytes);
  return { cutBytes: size - keepBytes, kept };
}

async function endOfLastLine(file: Deno.FsFile, sizeBytes: number): Promise<number> {
  for (let end = sizeBytes; end > 0;) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const block = await readBlock(file, start, end);
    const at = block.lastIndexOf(LINE_FEED);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

async function readBlock(file: Deno.FsFile, start: number, end: number): Promise<Uint8Array> {
  const block = new Uint8Array(end - start);
  await file.seek(start, Deno.SeekMode.Start);
  let at = 0;
  while (at < block.length) {
    const sizeBytes = await file.read(block.subarray(at));
    if (sizeBytes === null) break;
    at += sizeBytes;
  }
  return block.subarray(0, at);
}

async function copyTail(file: Deno.FsFile, start: number, end: number, path: string): Promise<void> {
  const torn = await systemDisk.openAppend(path);
  try {
    for (let at = start; at < end; at += BLOCK_BYTES) {
      const block = await readBlock(file, at, Math.min(at + BLOCK_BYTES, end));
      for (let written = 0; written < block.length;) written += await torn.write(block.subarray(written));
    }
  } finally {
    torn.close();
  }
}
