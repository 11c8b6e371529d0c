import { Buffer } from "node:buffer";

/** Bytes read at a time. */
const BLOCK_BYTES = 262_144;

const LINE_FEED = 0x0a;

/** A whole line, read from behind. */
export interface BackwardLine {
  /** Without its line feed; undefined: it is longer than was asked for. */
  readonly bytes: Uint8Array | undefined;
  /** Where it begins in the file. */
  readonly start: number;
}

/**
 * The whole lines of a plain file before the byte `end`, the last one first. What stands behind the last line feed is
 * still being written, or torn, and is left out. Lines over `maxLineBytes` are told without their bytes. Rejects when
 * the file is missing.
 */
export async function* linesBackward(
  path: string,
  end: number,
  maxLineBytes: number,
): AsyncGenerator<BackwardLine> {
  using file = await Deno.open(path);
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  /** Where the line feed stands that ends the line under way; undefined before the first. */
  let lineEnd: number | undefined;
  const hold = (part: Uint8Array) => {
    heldBytes += part.length;
    if (heldBytes > maxLineBytes) held = [];
    else held.unshift(part);
  };
  for (let blockEnd = end; blockEnd > 0;) {
    const blockStart = Math.max(0, blockEnd - BLOCK_BYTES);
    const block = await readAt(file, blockStart, blockEnd - blockStart);
    let to = block.length;
    for (let at = lastFeed(block, to); at >= 0; at = lastFeed(block, at)) {
      if (lineEnd !== undefined) {
        hold(block.subarray(at + 1, to));
        yield {
          bytes: heldBytes > maxLineBytes ? undefined : Buffer.concat(held),
          start: blockStart + at + 1,
        };
      }
      held = [];
      heldBytes = 0;
      lineEnd = blockStart + at;
      to = at;
    }
    if (lineEnd !== undefined) hold(block.subarray(0, to));
    blockEnd = blockStart;
  }
  if (lineEnd !== undefined) {
    yield { bytes: heldBytes > maxLineBytes ? undefined : Buffer.concat(held), start: 0 };
  }
}

function lastFeed(block: Uint8Array, before: number): number {
  return before === 0 ? -1 : block.lastIndexOf(LINE_FEED, before - 1);
}

async function readAt(file: Deno.FsFile, start: number, sizeBytes: number): Promise<Uint8Array> {
  const block = new Uint8Array(sizeBytes);
  await file.seek(start, Deno.SeekMode.Start);
  for (let at = 0; at < sizeBytes;) {
    const taken = await file.read(block.subarray(at));
    // Shortened meanwhile: what is left are zeros, which are no lines.
    if (taken === null) break;
    at += taken;
  }
  return block;
}
