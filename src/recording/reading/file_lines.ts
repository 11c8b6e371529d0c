import { Buffer } from "node:buffer";

/** Longest line that is read; a longer one is passed over, so that a damaged file cannot take all memory. */
export const MAX_LINE_BYTES = 268_435_456;

/**
 * The whole lines of a record file, without their line feeds, from the byte `fromBytes` on (0 for a `.gz`). A last
 * line without its line feed is still being written, or torn, and is left out. Rejects when the file is missing or
 * its compression is damaged.
 */
export async function* fileLines(path: string, fromBytes = 0): AsyncGenerator<Uint8Array> {
  const file = await Deno.open(path);
  if (fromBytes > 0) await file.seek(fromBytes, Deno.SeekMode.Start);
  const stream = path.endsWith(".gz")
    ? file.readable.pipeThrough(new DecompressionStream("gzip"))
    : file.readable;
  let parts: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      parts.push(chunk.subarray(start, end));
      if (heldBytes + end - start <= MAX_LINE_BYTES) yield Buffer.concat(parts);
      parts = [];
      heldBytes = 0;
      start = end + 1;
    }
    heldBytes += chunk.length - start;
    if (heldBytes <= MAX_LINE_BYTES) parts.push(chunk.subarray(start));
    else parts = [];
  }
}

const LINE_FEED = 0x0a;
