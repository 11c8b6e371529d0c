import { type Runtime, sleep } from "../../core/runtime.ts";
import type { HourFile } from "../files/hour_files.ts";
import { fileLines } from "./file_lines.ts";
import { readableFiles } from "./readable_files.ts";

/** Bytes read at a time while looking for line ends from behind. */
const BLOCK_BYTES = 262_144;

/** How long {@link RecordTail.follow} waits between two looks. */
const LOOK_EVERY_MS = 250;

/** Reads the newest lines of a records folder, then those that come. */
export class RecordTail {
  readonly #folder: string;
  /** How far each plain file has been read, in bytes. */
  readonly #readBytes = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The last `count` lines, oldest first. Files that cannot be read are told to `report` and passed over. */
  async *last(count: number, report: (path: string) => void): AsyncGenerator<Uint8Array> {
    const files = await readableFiles(this.#folder);
    const parts: { file: HourFile; skipLines: number; fromBytes: number }[] = [];
    let wanted = count;
    for (const file of files.toReversed()) {
      if (file.kind === "plain") this.#readBytes.set(file.path, file.sizeBytes);
      // The newest file is always looked at: following goes on from its last whole line.
      if (wanted <= 0 && parts.length > 0) continue;
      try {
        const found = file.kind === "plain"
          ? await lastPlainLines(file, wanted)
          : await lastCompressedLines(file, wanted);
        parts.unshift({ file, ...found });
        wanted -= found.lines;
      } catch {
        report(file.path);
      }
    }
    for (const { file, skipLines, fromBytes } of parts) {
      let skip = skipLines;
      let readBytes = fromBytes;
      for await (const line of fileLines(file.path, fromBytes)) {
        readBytes += line.length + 1;
        if (skip-- <= 0) yield line;
      }
      if (file.kind === "plain") this.#readBytes.set(file.path, readBytes);
    }
  }

  /** Lines written after {@link last} was read, until `signal` aborts. */
  async *follow(runtime: Runtime, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    while (!signal.aborted) {
      for (const file of await readableFiles(this.#folder)) {
        if (file.kind !== "plain") continue;
        let readBytes = this.#readBytes.get(file.path) ?? 0;
        // Shorter than what was read: someone emptied or replaced it.
        if (file.sizeBytes < readBytes) readBytes = 0;
        if (file.sizeBytes === readBytes) continue;
        try {
          for await (const line of fileLines(file.path, readBytes)) {
            readBytes += line.length + 1;
            yield line;
          }
        } catch (error) {
          // Moved, deleted or compressed since it was listed: the lines read so far have been given.
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
        this.#readBytes.set(file.path, readBytes);
      }
      await sleep(runtime, LOOK_EVERY_MS, signal);
    }
  }
}

interface LinesFound {
  readonly lines: number;
  readonly skipLines: number;
  readonly fromBytes: number;
}

/** Where the last `count` whole lines of a plain file begin, looked for from its end. */
async function lastPlainLines(file: HourFile, count: number): Promise<LinesFound> {
  using open = await Deno.open(file.path);
  let lineFeeds = 0;
  for (let end = file.sizeBytes; end > 0;) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const block = new Uint8Array(end - start);
    await open.seek(start, Deno.SeekMode.Start);
    for (let at = 0; at < block.length;) {
      const sizeBytes = await open.read(block.subarray(at));
      if (sizeBytes === null) break;
      at += sizeBytes;
    }
    for (let at = block.lastIndexOf(0x0a); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(0x0a, at - 1)) {
      // The last line feed ends the last line, so the one before `count` lines is the (count + 1)th.
      if (++lineFeeds > count) return { lines: count, skipLines: 0, fromBytes: start + at + 1 };
    }
    end = start;
  }
  return { lines: lineFeeds, skipLines: 0, fromBytes: 0 };
}

async function lastCompressedLines(file: HourFile, count: number): Promise<LinesFound> {
  let total = 0;
  for await (const _line of fileLines(file.path)) total++;
  return { lines: Math.min(total, count), skipLines: Math.max(0, total - count), fromBytes: 0 };
}
