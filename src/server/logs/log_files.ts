import { join } from "node:path";
import { createStream, type Options, type RotatingFileStream } from "rotating-file-stream";

import type { LogFileConfig } from "../../config/config.ts";
import { isAtLeast, type LogSink } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";
import { utcTime } from "../../recording/utc_time.ts";
import { lineText } from "./line_text.ts";

/** What {@link logFiles} needs. */
export interface LogFilesContext {
  /** Where the files live; made when it is missing. */
  readonly directory: string;
  readonly files: readonly LogFileConfig[];
  readonly runtime: Runtime;
  readonly observer: Observer;
  /** Takes known secrets out of a finished line: the text of a foreign error may hold one. */
  readonly redact: (text: string) => string;
  /** Told when a file cannot be written; must not log to the same files. */
  readonly onFault: (name: string, reason: string) => void;
}

/** Log files at work. */
export interface LogFiles {
  /** Writes each line to the files that want it, as JSON. */
  readonly sink: LogSink;
  /** Writes out what waits and closes the files. */
  close(): Promise<void>;
}

/** Most bytes that wait for a slow disk, for each file; then lines are dropped and counted (`log_lines_dropped`). */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** How long a file that failed is left alone before it is opened anew. */
const REOPEN_AFTER_MS = 30_000;

/** How often files older than their age are looked for, beside each rotation. */
const PRUNE_EVERY_MS = 3_600_000;

/** Opens the named log files of the config: each with its own channels, level, size, age, number and compression. */
export function logFiles(context: LogFilesContext): LogFiles {
  Deno.mkdirSync(context.directory, { recursive: true, mode: 0o700 });
  const files = context.files.map((file) => new NamedLogFile(file, context));
  return {
    sink(line) {
      let text: string | undefined;
      for (const file of files) {
        if (!isAtLeast(line.level, file.config.level)) continue;
        if (file.config.channels !== undefined && !file.config.channels.includes(line.channel)) continue;
        text ??= context.redact(lineText(line, "json")) + "\n";
        file.write(text);
      }
    },
    async close() {
      await Promise.all(files.map((file) => file.close()));
    },
  };
}

/** One file and its rotated predecessors `NAME-20260131T235959-1.log` (`.gz` when compressed). */
class NamedLogFile {
  readonly config: LogFileConfig;
  readonly #context: LogFilesContext;
  #stream: RotatingFileStream | undefined;
  #mayOpenAtMs = 0;
  #pruneTimer: Timer | undefined;
  #pruning: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(config: LogFileConfig, context: LogFilesContext) {
    this.config = config;
    this.#context = context;
    this.#open();
    this.#prune();
  }

  write(line: string): void {
    if (this.#stream === undefined && this.#context.runtime.monotonic() >= this.#mayOpenAtMs) this.#open();
    const stream = this.#stream;
    if (stream === undefined || stream.writableLength > MAX_WAITING_BYTES) {
      this.#context.observer.count("log_lines_dropped", { file: this.config.name });
    } else stream.write(line);
  }

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
    const { name, maxSizeBytes, maxFiles, compress } = this.config;
    const ending = compress ? ".log.gz" : ".log";
    const settings: Options = {
      path: this.#context.directory,
      // The library speaks of sizes with a letter; B is bytes.
      size: `${maxSizeBytes}B`,
      maxFiles,
      mode: 0o600,
      history: `.${name}.history`,
      ...(compress ? { compress: "gzip" } : {}),
    };
    const stream = createStream((time, index) => {
      if (time === null) return `${name}.log`;
      return `${name}-${stamp(Number(time))}-${index ?? 1}${ending}`;
    }, settings);
    stream.on("rotated", () => this.#prune());
    stream.on("error", (error) => this.#fail(stream, error));
    this.#stream = stream;
  }

  #fail(stream: RotatingFileStream, error: Error): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#mayOpenAtMs = this.#context.runtime.monotonic() + REOPEN_AFTER_MS;
    this.#context.onFault(this.config.name, error.message);
  }

  #prune(): void {
    if (this.#isClosed) return;
    this.#pruneTimer?.cancel();
    this.#pruneTimer = this.#context.runtime.after(PRUNE_EVERY_MS, () => this.#prune());
    this.#pruning = this.#pruning.then(() => this.#removeOld()).catch((error: Error) =>
      this.#context.onFault(this.config.name, error.message)
    );
  }

  async #removeOld(): Promise<void> {
    const { directory, runtime } = this.#context;
    const rotated = new RegExp(`^${RegExp.escape(this.config.name)}-\\d{8}T\\d{6}-\\d+\\.log(\\.gz)?$`);
    const oldestMs = runtime.now() - this.config.maxAgeMs;
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
