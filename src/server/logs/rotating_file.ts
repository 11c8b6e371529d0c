import { join } from "node:path";
import { createStream, type Options, type RotatingFileStream } from "rotating-file-stream";

import type { LogFileConfig } from "../../config/telemetry_config.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";
import { utcTime } from "../../recording/lines/utc_time.ts";

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

/** Longest that waiting lines may go without one being written; then the stream counts as failed. */
const STALLED_AFTER_MS = 30_000;

/** Longest that closing waits for the disk; what is not written by then is lost, but the process can end. */
const CLOSE_WITHIN_MS = 3_000;

/** Most files set aside within one second; config allows 10,000 kept files. */
const MAX_IN_ONE_SECOND = 20_000;

/** How often files older than their age are looked for, beside each rotation. */
const PRUNE_EVERY_MS = 3_600_000;

/** One file `NAME.ENDING` of mode 0600 and its rotated predecessors `NAME-20260131T235959-1.ENDING` (`.gz` when compressed). */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  readonly #context: RotatingFileContext;
  #stream: RotatingFileStream | undefined;
  #mayOpenAtMs = 0;
  #progressAtMs = 0;
  /** The second and number of the file set aside last. */
  #lastAside = { second: "", index: 0 };
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
    const nowMs = this.#context.runtime.monotonic();
    this.#replaceStalled(nowMs);
    if (this.#stream === undefined && nowMs >= this.#mayOpenAtMs) this.#open();
    const stream = this.#stream;
    if (stream === undefined || stream.writableLength > MAX_WAITING_BYTES) {
      this.#context.observer.count("log_lines_dropped", { file: this.#options.name });
      return;
    }
    if (stream.writableLength === 0) this.#progressAtMs = nowMs;
    stream.write(`${line}\n`, () => {
      if (this.#stream === stream) this.#progressAtMs = this.#context.runtime.monotonic();
    });
  }

  /** Writes out what waits and closes the file; after 3 s it gives up, says so and resolves all the same. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pruneTimer?.cancel();
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) {
      await new Promise<void>((resolve) => {
        const giveUp = this.#context.runtime.after(CLOSE_WITHIN_MS, () => {
          this.#context.onFault(this.#options.name, "It did not close in time; its last lines are lost");
          stream.destroy();
          resolve();
        });
        stream.once("close", () => {
          giveUp.cancel();
          resolve();
        });
        stream.end();
      });
    }
    await this.#pruning;
  }

  #open(): void {
    const { name, ending, maxSizeBytes, maxFiles, compress } = this.#options;
    // A log file may have the name of a file with another ending.
    const history = ending === "log" ? `.${name}.history` : `.${name}.${ending}.history`;
    const settings: Options = {
      path: this.#context.directory,
      // The library speaks of sizes with a letter; B is bytes.
      size: `${maxSizeBytes}B`,
      maxFiles,
      mode: 0o600,
      history,
      ...(compress ? { compress: "gzip" } : {}),
    };
    const stream = createStream(
      (time) => time === null ? `${name}.${ending}` : this.#freeName(Number(time)),
      settings,
    );
    stream.on("rotated", () => this.#prune());
    stream.on("history", () => {
      try {
        Deno.chmodSync(join(this.#context.directory, history), 0o600);
      } catch {
        // It holds names alone, and its directory is the owner's.
      }
    });
    stream.on("error", (error) => this.#fail(stream, error));
    this.#stream = stream;
  }

  /**
   * A name that no file has or had within this second, so that a higher number is a younger file. The library would look for one itself, but by `fs.access`, which in Deno asks for
   * `--allow-sys` as soon as the file exists and otherwise never answers: the stream would wait for ever.
   */
  #freeName(timeMs: number): string {
    const { name, ending, compress } = this.#options;
    const second = stamp(timeMs);
    const first = this.#lastAside.second === second ? this.#lastAside.index + 1 : 1;
    for (let index = first; index <= MAX_IN_ONE_SECOND; index++) {
      this.#lastAside = { second, index };
      const free = `${name}-${second}-${index}.${ending}${compress ? ".gz" : ""}`;
      try {
        Deno.lstatSync(join(this.#context.directory, free));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return free;
        throw error;
      }
    }
    throw new Error("Too many files were set aside within one second; raise maxSize");
  }

  #replaceStalled(nowMs: number): void {
    const stream = this.#stream;
    if (stream === undefined || stream.writableLength === 0) return;
    if (nowMs - this.#progressAtMs < STALLED_AFTER_MS) return;
    this.#fail(stream, new Error("No line was written for 30 s"));
    // Nothing more comes of it, and its file is to be let go.
    stream.destroy();
    this.#mayOpenAtMs = nowMs;
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
      try {
        const { mtime } = await Deno.stat(path);
        if (mtime !== null && mtime.getTime() < oldestMs) await Deno.remove(path);
      } catch (error) {
        // A rotation may have removed it meanwhile as one too many.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
}

/** `20260131T235959` in UTC. */
function stamp(timeMs: number): string {
  return utcTime(timeMs).slice(0, 19).replace(/[-:]/g, "");
}
