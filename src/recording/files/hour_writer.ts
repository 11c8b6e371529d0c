import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { Log } from "../../core/log.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";
import { AppendError, type SinkLine } from "../sinks/sink.ts";
import { type AppendFile, type Disk } from "./disk.ts";
import { hourFileName, hourOf } from "./hour_name.ts";
import { repairTail } from "./tail_repair.ts";

/** Longest time that written bytes may stand in the machine's memory alone: what a power cut can cost. */
const SYNC_EVERY_MS = 1000;

/** Most parts of one hour; more means that something outside compresses the hour again and again. */
const MAX_PARTS = 9999;

const LINE_FEED = 0x0a;

/** What a writer works with. */
export interface HourWriterDeps {
  /** Folder of the hours' files; made when the first line comes. */
  readonly folder: string;
  readonly disk: Disk;
  readonly runtime: Runtime;
  readonly log: Log;
}

interface OpenHour {
  readonly hour: string;
  readonly path: string;
  readonly file: AppendFile;
  readonly identity: string;
}

/**
 * Appends lines to the file of the hour in which their request ended, one write an hour and call. Whatever goes
 * wrong, the file ends in a whole line: a write cut short is cut back, and an end left torn is repaired when the
 * file is opened again. Files that others move or delete are begun anew.
 */
export class HourWriter {
  readonly #deps: HourWriterDeps;
  #open: OpenHour | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #syncTimer: Timer | undefined;
  /** The sync under way. Lines are not kept waiting for it: a busy disk may take seconds, a kill would take them. */
  #syncing: Promise<void> | undefined;
  /** Something was written since the last sync began. */
  #unsynced = false;
  #syncFailed = false;

  constructor(deps: HourWriterDeps) {
    this.#deps = deps;
  }

  /** Writes all lines, or rejects with {@link AppendError} telling those that are not written. */
  append(lines: readonly SinkLine[]): Promise<void> {
    return this.#inTurn(async () => {
      const byHour = Map.groupBy(lines, (line) => hourOf(line.endedMs));
      const unwritten: SinkLine[] = [];
      let cause: unknown;
      for (const [hour, group] of byHour) {
        if (cause === undefined) {
          try {
            await this.#appendTo(hour, group);
            continue;
          } catch (error) {
            cause = error;
            if (error instanceof AppendError) {
              unwritten.push(...error.unwritten);
              continue;
            }
          }
        }
        unwritten.push(...group);
      }
      if (cause === undefined) return;
      throw new AppendError(`Cannot write records in ${this.#deps.folder}`, unwritten, { cause });
    });
  }

  /**
   * Lets go of the file at `path` and runs `claim` before any further line is written, so that nothing is appended
   * to a file that is about to be compressed.
   */
  retire<T>(path: string, claim: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      if (this.#open?.path === path) await this.#closeOpen();
      return await claim();
    });
  }

  /** Waits until all is on the disk and lets go of the file. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#closeOpen());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn;
    return turn;
  }

  async #appendTo(hour: string, lines: readonly SinkLine[]): Promise<void> {
    const { open, sizeBytes } = await this.#fileOf(hour);
    const only = lines.length === 1 ? lines[0] : undefined;
    const bytes = only?.bytes ?? Buffer.concat(lines.map((line) => line.bytes));
    let written = 0;
    try {
      while (written < bytes.length) {
        const taken = await open.file.write(bytes.subarray(written));
        if (taken <= 0) throw new Error("the disk takes no bytes");
        written += taken;
      }
    } catch (cause) {
      const wholeBytes = written === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, written - 1) + 1;
      await this.#cutBack(open, sizeBytes + wholeBytes);
      let endsAt = 0;
      const unwritten = lines.filter((line) => (endsAt += line.bytes.length) > wholeBytes);
      throw new AppendError(`Cannot write to ${open.path}`, unwritten, { cause });
    }
    this.#unsynced = true;
    this.#syncSoon();
  }

  /** Takes a half-written line back. Where even that fails, the end is repaired when the file is next opened. */
  async #cutBack(open: OpenHour, sizeBytes: number): Promise<void> {
    try {
      await open.file.truncate(sizeBytes);
    } catch {
      // Said by the caller: the write's own error tells more than this one.
    }
    await this.#syncing;
    this.#forgetOpen();
  }

  async #fileOf(hour: string): Promise<{ open: OpenHour; sizeBytes: number }> {
    if (this.#open !== undefined && this.#open.hour === hour) {
      const facts = await this.#deps.disk.look(this.#open.path);
      if (facts?.identity === this.#open.identity) return { open: this.#open, sizeBytes: facts.sizeBytes };
      this.#deps.log.info("A record file was moved or deleted by someone else; a new one is begun", {
        path: this.#open.path,
      });
    }
    await this.#closeOpen();
    const path = await this.#freePath(hour);
    if ((await this.#deps.disk.look(path))?.kind === "file") await this.#repair(path);
    const file = await this.#deps.disk.openAppend(path);
    const facts = await this.#deps.disk.look(path).catch(() => undefined);
    if (facts === undefined) {
      file.close();
      throw new Error(`Cannot write to ${path}: it vanished while it was opened`);
    }
    this.#open = { hour, path, file, identity: facts.identity };
    return { open: this.#open, sizeBytes: facts.sizeBytes };
  }

  /** Path of the hour's first part that is not compressed nor being so: a compressed part is never added to. */
  async #freePath(hour: string): Promise<string> {
    for (let part = 1; part <= MAX_PARTS; part++) {
      const path = join(this.#deps.folder, hourFileName(hour, part));
      const taken = await this.#deps.disk.look(`${path}.gz`) ?? await this.#deps.disk.look(`${path}.gz.tmp`);
      if (taken === undefined) return path;
    }
    throw new Error(`Cannot write records of ${hour}: all ${MAX_PARTS} parts of the hour are compressed`);
  }

  async #repair(path: string): Promise<void> {
    const { cutBytes, kept } = await repairTail(path);
    if (cutBytes > 0) {
      this.#deps.log.warn("A record file ended in half a line, which was cut off", { path, cutBytes, kept });
    }
  }

  #syncSoon(): void {
    if (!this.#unsynced || this.#syncing !== undefined) return;
    this.#syncTimer ??= this.#deps.runtime.after(SYNC_EVERY_MS, () => {
      this.#syncTimer = undefined;
      this.#syncing = this.#sync().finally(() => {
        this.#syncing = undefined;
        this.#syncSoon();
      });
    });
  }

  async #sync(): Promise<void> {
    this.#unsynced = false;
    try {
      await this.#open?.file.sync();
      this.#syncFailed = false;
    } catch (error) {
      // Said once until it works again: a disk that cannot sync fails every second.
      if (!this.#syncFailed) {
        this.#deps.log.error("Records are written but the disk does not confirm them", {
          error: String(error),
        });
      }
      this.#syncFailed = true;
    }
  }

  async #closeOpen(): Promise<void> {
    await this.#syncing;
    if (this.#open !== undefined) await this.#sync();
    this.#forgetOpen();
  }

  #forgetOpen(): void {
    this.#syncTimer?.cancel();
    this.#syncTimer = undefined;
    this.#unsynced = false;
    this.#open?.file.close();
    this.#open = undefined;
  }
}
