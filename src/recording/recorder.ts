import type { Log } from "../core/log.ts";
import type { Notices } from "../core/notices.ts";
import type { Observer } from "../core/observe.ts";
import type { Runtime, Timer } from "../core/runtime.ts";
import { Alarm } from "./alarm.ts";
import { bodySizeBytes, LineBuilder } from "./lines/line_builder.ts";
import type { CapturedBody, RecordDraft } from "./record.ts";
import type { Redactor } from "./redact.ts";
import { AppendError, type RecordSink, type SinkLine } from "./sinks/sink.ts";

/** What a recorder works with, and how. */
export interface RecorderOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  /** Hears of records that are not written. */
  readonly notices?: Notices;
  readonly sink: RecordSink;
  readonly redactor: Redactor;
  /** Resolves when others have had their chance (`giveWay` of `core/time/system_runtime.ts`). */
  readonly nextTurn: () => Promise<void>;
  /** Whether lines for training are written too; only for a sink that keeps them. */
  readonly training: boolean;
  /** What {@link Recorder.refusing} says while records cannot be written. */
  readonly onFullDisk: "serve" | "refuse";
  /** Most records waiting to be written. @default 20000 */
  readonly maxWaitingRecords?: number;
  /** Most bytes that the bodies of waiting records may hold. @default 134217728 (128 MiB) */
  readonly maxWaitingBytes?: number;
}

/** Lines wait this long for others to share their write; with two ticks of the timer wheel at most 60 ms. */
const GATHER_MS = 20;

/** So many bytes of lines are written without waiting for more, and in one call at most one line more. */
const BATCH_BYTES = 1_048_576;

/** First and longest wait before lines that could not be written are tried again. */
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;

/** Tries of the last lines when the recorder is closed over a broken sink. */
const CLOSING_TRIES = 3;

/** What is held of a record until its lines are written. */
interface Held {
  /** Undefined when it was called already. */
  readonly release: (() => void) | undefined;
  /** Of its bodies; what else it holds is bounded by the number of records. */
  readonly bodyBytes: number;
}

/** A record's lines, none where it could not be made one. */
interface Built {
  readonly lines: readonly SinkLine[];
  readonly held: Held;
}

/**
 * Takes finished requests and brings their lines to a sink, off the request path. What waits is bounded: bodies
 * beyond the bytes are only described (`records_demoted`), records beyond the number are dropped, counted
 * (`records_dropped`) and said in the log. When the sink fails, lines wait and are tried again, so that a short
 * trouble loses nothing.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #log: Log;
  readonly #alarm: Alarm;
  readonly #maxRecords: number;
  readonly #maxBodyBytes: number;
  readonly #builder: LineBuilder;
  #built: Built[] = [];
  #builtBytes = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #heldRecords = 0;
  #heldBodyBytes = 0;
  #closed = false;
  #full = false;
  #wake: (() => void) | undefined;
  #idle: (() => void)[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#log = options.log.channel("records");
    this.#alarm = new Alarm({ ...options, log: this.#log });
    this.#builder = new LineBuilder({
      ...{ ...options, log: this.#log },
      unbuildable: () => this.#alarm.dropped("unbuildable", 1),
    });
    this.#maxRecords = options.maxWaitingRecords ?? 20_000;
    this.#maxBodyBytes = options.maxWaitingBytes ?? 134_217_728;
  }

  /**
   * Takes a record; `release` is called once: when its line is written, the record dropped, or at once when its
   * bodies do not fit and only their descriptions wait. Never blocks nor throws.
   */
  offer(draft: RecordDraft, release: () => void): void {
    const isFull = this.#heldRecords >= this.#maxRecords;
    if (this.#closed || isFull) {
      this.#full = isFull;
      this.#alarm.dropped(this.#closed ? "closed" : "too_many", 1);
      this.#release(release);
      return;
    }
    const bodyBytes = bodySizeBytes(draft.request) + bodySizeBytes(draft.response);
    const fits = this.#heldBodyBytes + bodyBytes <= this.#maxBodyBytes;
    this.#heldRecords++;
    if (fits) {
      this.#heldBodyBytes += bodyBytes;
      this.#build(draft, { release, bodyBytes });
    } else {
      this.#options.observer.count("records_demoted");
      this.#build(withoutBodies(draft), { release: undefined, bodyBytes: 0 });
      this.#release(release);
    }
  }

  /** True while records cannot be written and the policy is to refuse requests rather than serve them unrecorded. */
  get refusing(): boolean {
    return this.#options.onFullDisk === "refuse" && (this.#alarm.failing || this.#full);
  }

  /** True from a failed write to the next that works. */
  get failing(): boolean {
    return this.#alarm.failing;
  }

  /** Records not yet written. */
  get waiting(): number {
    return this.#heldRecords;
  }

  /** Resolves when all that was offered is written or dropped, or the sink has failed once. */
  flush(): Promise<void> {
    if (this.#heldRecords === 0) return Promise.resolve();
    const done = new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#startWriting();
    return done;
  }

  /** Takes no more, writes what waits (dropping it only when the sink stays broken) and closes the sink. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#startWriting();
    this.#wake?.();
    while (this.#builder.working !== undefined || this.#writing !== undefined) {
      await this.#builder.working;
      await this.#writing;
    }
    this.#alarm.close();
    await this.#options.sink.close();
  }

  #callIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #build(draft: RecordDraft, held: Held): void {
    this.#builder.take(draft, (lines) => {
      this.#built.push({ lines, held });
      this.#builtBytes += sumBytes(lines);
      if (this.#writing === undefined) this.#writeSoon();
    });
  }

  /** Somebody waits for the lines, or they fill a batch. */
  get #isHurried(): boolean {
    return this.#closed || this.#idle.length > 0 || this.#builtBytes >= BATCH_BYTES;
  }

  #writeSoon(): void {
    if (this.#built.length === 0) return;
    if (this.#isHurried) this.#startWriting();
    else this.#timer ??= this.#options.runtime.after(GATHER_MS, () => this.#startWriting());
  }

  #startWriting(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#built.length === 0) return;
    this.#writing = this.#writeBuilt().catch((error) => {
      this.#log.error("The recorder failed; please report this", { error: String(error) });
    }).finally(() => {
      this.#writing = undefined;
      if (this.#heldRecords === 0) this.#callIdle();
      this.#writeSoon();
    });
  }

  async #writeBuilt(): Promise<void> {
    do {
      const batch = this.#nextBatch();
      await this.#write(batch.flatMap(({ lines }) => lines));
      for (const { held } of batch) this.#settle(held);
    } while (this.#built.length > 0 && this.#isHurried);
  }

  /** Those that wait longest, as many as one call to the sink takes. */
  #nextBatch(): Built[] {
    let sizeBytes = 0;
    let count = 0;
    for (const { lines } of this.#built) {
      sizeBytes += sumBytes(lines);
      count++;
      if (sizeBytes >= BATCH_BYTES) break;
    }
    this.#builtBytes -= sizeBytes;
    return this.#built.splice(0, count);
  }

  /** Writes the lines, however often that must be tried. */
  async #write(lines: readonly SinkLine[]): Promise<void> {
    const { observer, sink } = this.#options;
    let left = lines;
    for (let tries = 1; left.length > 0; tries++) {
      try {
        await sink.append(left);
        left = [];
        this.#alarm.worked();
      } catch (error) {
        if (error instanceof AppendError) left = error.unwritten;
        this.#alarm.failed(error, { lines: left.length, records: this.#heldRecords });
        this.#callIdle();
        if (this.#closed && tries >= CLOSING_TRIES) break;
        await this.#pause(Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 16), MAX_RETRY_MS));
      }
    }
    const lost = left.filter((line) => line.kind === "record").length;
    if (lost > 0) this.#alarm.dropped("closed", lost);
    observer.count(
      "records_written",
      undefined,
      lines.filter((line) => line.kind === "record").length - lost,
    );
    observer.count("records_bytes", undefined, sumBytes(lines) - sumBytes(left));
  }

  #settle({ release, bodyBytes }: Held): void {
    this.#heldRecords--;
    this.#heldBodyBytes -= bodyBytes;
    this.#full = false;
    if (release !== undefined) this.#release(release);
  }

  #release(release: () => void): void {
    try {
      release();
    } catch (error) {
      this.#log.error("A record's memory could not be released; please report this", {
        error: String(error),
      });
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#wake = undefined;
        timer.cancel();
        resolve();
      };
      const timer = this.#options.runtime.after(delayMs, done);
      this.#wake = done;
    });
  }
}

/** The record with its bodies only described; nothing in it refers to their memory, nor does what would read them. */
function withoutBodies(draft: RecordDraft): RecordDraft {
  const spent = draft.spent?.();
  return {
    ...{ ...draft, spent: spent && (() => spent) },
    request: described(draft.request),
    response: described(draft.response),
    readAnswer: undefined,
  };
}

function described(body: CapturedBody): CapturedBody {
  if (body.kind === "none" || body.kind === "opaque") return body;
  // Not hashed: this is the request path, and the body may be of many MiB.
  return { kind: "opaque", sizeBytes: body.bytes.length, contentType: undefined, sha256: undefined };
}

function sumBytes(lines: readonly SinkLine[]): number {
  return lines.reduce((sum, line) => sum + line.bytes.length, 0);
}
