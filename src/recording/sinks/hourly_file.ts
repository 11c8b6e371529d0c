import { join } from "node:path";
import type { Timer } from "../../core/runtime.ts";
import { compressFile } from "../files/compress.ts";
import { type Disk, systemDisk } from "../files/disk.ts";
import { hourOf } from "../files/hour_name.ts";
import { hourFiles } from "../files/hour_files.ts";
import { HourWriter } from "../files/hour_writer.ts";
import { applyRetention } from "../files/retention.ts";
import { repairTail } from "../files/tail_repair.ts";
import { AppendError, type RecordSink, type SinkKind, type SinkLine, type SinkOptions } from "./sink.ts";

/** Records as one file an hour under `records/`, lines for training under `training/` of the data directory. */
export const hourlyFile: SinkKind = {
  type: "hourly_file",
  summary: "One JSONL file an hour (UTC) under records/ of the data directory.",
  keepsTraining: true,
  open: (options) => HourlyFileSink.open(options, systemDisk),
};

/** How long an hour must be over before it is compressed: until then late lines belong into its plain file. */
const SETTLE_MS = 600_000;

const HOUR_MS = 3_600_000;

/** Files that a crash can have torn: the current hour's and, at the turn of the hour, the one before. */
const TEARABLE_FILES = 2;

/** The sink behind {@link hourlyFile}, over any {@link Disk}. */
export class HourlyFileSink implements RecordSink {
  readonly #options: SinkOptions;
  readonly #writers: ReadonlyMap<SinkLine["kind"], { folder: string; writer: HourWriter }>;
  readonly #stop = new AbortController();
  #upkeep: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  /** Makes `records/`, repairs what a crash left, and begins with the first upkeep. */
  static async open(options: SinkOptions, disk: Disk): Promise<HourlyFileSink> {
    const sink = new HourlyFileSink(options, disk);
    await Deno.mkdir(join(options.dataDir, "records"), { recursive: true, mode: 0o700 });
    for (const { folder } of sink.#writers.values()) await sink.#repair(folder);
    sink.#beginUpkeep();
    return sink;
  }

  private constructor(options: SinkOptions, disk: Disk) {
    const log = options.log.channel("records");
    this.#options = { ...options, log };
    const writerIn = (name: string) => {
      const folder = join(options.dataDir, name);
      return { folder, writer: new HourWriter({ folder, disk, runtime: options.runtime, log }) };
    };
    this.#writers = new Map([["record", writerIn("records")], ["training", writerIn("training")]]);
  }

  /** See {@link RecordSink.append}. */
  async append(lines: readonly SinkLine[]): Promise<void> {
    const unwritten: SinkLine[] = [];
    let cause: unknown;
    for (const [kind, { writer }] of this.#writers) {
      const ofKind = lines.filter((line) => line.kind === kind);
      if (ofKind.length === 0) continue;
      try {
        await writer.append(ofKind);
      } catch (error) {
        cause ??= error;
        unwritten.push(...(error instanceof AppendError ? error.unwritten : ofKind));
      }
    }
    if (cause !== undefined) throw new AppendError("Cannot write records", unwritten, { cause });
  }

  /** See {@link RecordSink.close}. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#timer?.cancel();
    await this.#upkeep;
    for (const { writer } of this.#writers.values()) await writer.close();
  }

  async #repair(folder: string): Promise<void> {
    const { log } = this.#options;
    await removeTemporary(folder);
    const plain = (await hourFiles(folder)).filter((file) => file.kind === "plain");
    for (const { path } of plain.slice(-TEARABLE_FILES)) {
      const { cutBytes, kept } = await repairTail(path);
      if (cutBytes === 0) continue;
      log.warn("A record file ended in half a line after a crash; the half was cut off", {
        path,
        cutBytes,
        kept,
      });
    }
  }

  /** Runs the upkeep now, or once the one before is done, and again after each hour. */
  #beginUpkeep(): void {
    const { runtime, log } = this.#options;
    const untilNextMs = HOUR_MS - (runtime.now() % HOUR_MS) + SETTLE_MS;
    this.#timer = runtime.after(untilNextMs, () => this.#beginUpkeep());
    this.#upkeep = this.#upkeep.then(() => this.#keepUp()).catch((error) => {
      log.warn("Old records could not be deleted; tried again in an hour", { error: String(error) });
    });
  }

  async #keepUp(): Promise<void> {
    const { runtime, log, observer, keepDays, maxTotalBytes } = this.#options;
    if (this.#stop.signal.aborted) return;
    const folders = [...this.#writers.values()].map(({ folder }) => folder);
    if (this.#options.compress) await this.#compressClosedHours();
    const result = await applyRetention(folders, { keepDays, maxTotalBytes, nowMs: runtime.now() });
    if (result.deletedFiles === 0) return;
    observer.count("records_files_deleted", undefined, result.deletedFiles);
    log.info("Old record files were deleted", { ...result });
  }

  async #compressClosedHours(): Promise<void> {
    const { runtime, log } = this.#options;
    const openHour = hourOf(runtime.now() - SETTLE_MS);
    for (const { folder, writer } of this.#writers.values()) {
      for (const file of await hourFiles(folder)) {
        if (file.kind !== "plain" || file.hour >= openHour || this.#stop.signal.aborted) continue;
        const claim = (create: () => Promise<Deno.FsFile>) => writer.retire(file.path, create);
        try {
          await compressFile(file.path, claim, this.#stop.signal);
        } catch (error) {
          if (this.#stop.signal.aborted) return;
          // One file that cannot be compressed (a full disk) must not keep the old ones from being deleted.
          log.warn("A record file could not be compressed; tried again in an hour", {
            path: file.path,
            error: String(error),
          });
        }
      }
    }
  }
}

/** Deletes what an interrupted compression left. */
async function removeTemporary(folder: string): Promise<void> {
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && entry.name.endsWith(".jsonl.gz.tmp")) await Deno.remove(join(folder, entry.name));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
