import { join } from "node:path";
import { createStream, type Options, type RotatingFileStream } from "rotating-file-stream";

import type { LogFileConfig } from "../../config/config.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";
import { utcTime } from "../../recording/utc_time.ts";

/** Which file is kept, and how much of it. */
export interface RotatingFileOptions
  extends Pick<LogFileConfig, "name" | "maxSizeBytes" | "maxAgeMs" | "maxFiles" | "compress"> {
  /** What the name ends in, behind a dot. */
  readonly ending: "log" | "jsonl";
}

/** What {@link RotatingFile} needs. */
export interface RotatingFileContext {
  /** Where the file lives; it must be there. */
  readonly directory: string;
  readonly runtime: Runtime;
  readonly observer: Observer;
  /** Told when the file cannot be written; must not write to it. */
  readonly onFault: (name: string, reason: string) => void;
}

/** Most bytes that wait for a slow disk, for each file; then lines are dropped and counted (`log_lines_dropped`). */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** How long a file that failed is left alone before it is opened anew. */
const REOPEN_AFTER_MS = 30_000;

/** How often files older than their age are looked for, beside each rotation. */
const PRUNE_EVERY_MS = 3_600_000;

/** One file `NAME.ENDING` of mode 0600 and its rotated predecessors `NAME-20260131T235959-1.ENDING` (`.gz` when compressed). */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  readonly #context: RotatingFileContext;
  #stream: RotatingFileStream | undefined;
  #mayOpenAtMs = 0;
  #pruneTimer: Timer | undefined;
  #pruning: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: RotatingFileOptions, context: RotatingFileContext) {
    this.#options = options;
    this.#context = context;
    this.#open();
    this.#prune();
  }

  /** Queues one line; its line feed is added. A line that a failing or slow disk does not take is counted, never thrown for. */
  write(line: string): void {
    if (this.#stream === undefined && this.#context.runtime.monotonic() >= this.#mayOpenAtMs) this.#open();
    const stream = this.#stream;
    if (stream === undefined || stream.writableLength > MAX_WAITING_BYTES) {
      this.#context.observer.count("log_lines_dropped", { file: this.#options.name });
    } else stream.write(`${line}\n`);
  }

  /** Writes out what waits and closes the file. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pruneTimer?.cancel();
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) {
      await new Promise<void>((resolve) => {
        stream.once("close", () => resolve());
        stream.end();
      });
    }
    await this.#pruning;
  }

  #open(): void {
    const { name, ending, maxSizeBytes, maxFiles, compress } = this.#options;
    const rotatedEnding = compress ? `${ending}.gz` : ending;
    const settings: Options = {
      path: this.#context.directory,
      // The library speaks of sizes with a letter; B is bytes.
      size: `${maxSizeBytes}B`,
      maxFiles,
      mode: 0o600,
      // A log file may have the name of a file with another ending.
      history: ending === "log" ? `.${name}.history` : `.${name}.${ending}.history`,
      ...(compress ? { compress: "gzip" } : {}),
    };
    const stream = createStream((time, index) => {
      if (time === null) return `${name}.${ending}`;
      return `${name}-${stamp(Number(time))}-${index ?? 1}.${rotatedEnding}`;
    }, settings);
    stream.on("rotated", () => this.#prune());
    stream.on("error", (error) => this.#fail(stream, error));
    this.#stream = stream;
  }

  #fail(stream: RotatingFileStream, error: Error): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#mayOpenAtMs = this.#context.runtime.monotonic() + REOPEN_AFTER_MS;
    this.#context.onFault(this.#options.name, error.message);
  }

  #prune(): void {
    if (this.#isClosed) return;
    this.#pruneTimer?.cancel();
    this.#pruneTimer = this.#context.runtime.after(PRUNE_EVERY_MS, () => this.#prune());
    this.#pruning = this.#pruning.then(() => this.#removeOld()).catch((error: Error) =>
      this.#context.onFault(this.#options.name, error.message)
    );
  }

  async #removeOld(): Promise<void> {
    const { directory, runtime } = this.#context;
    const { name, ending, maxAgeMs } = this.#options;
    const rotated = new RegExp(`^${RegExp.escape(name)}-\\d{8}T\\d{6}-\\d+\\.${ending}(\\.gz)?$`);
    const oldestMs = runtime.now() - maxAgeMs;
    for await (const entry of Deno.readDir(directory)) {
      if (!entry.isFile || !rotated.test(entry.name)) continue;
      const path = join(directory, entry.name);
      const { mtime } = await Deno.stat(path);
      if (mtime !== null && mtime.getTime() < oldestMs) await Deno.remove(path);
    }
  }
}

/** `20260131T235959` in UTC. */
function stamp(timeMs: number): string {
  return utcTime(timeMs).slice(0, 19).replace(/[-:]/g, "");
}
