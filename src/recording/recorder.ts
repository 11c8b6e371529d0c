import type { Log } from "../core/log.ts";
import type { Notices } from "../core/notices.ts";
import type { Observer } from "../core/observe.ts";
import type { Runtime, Timer } from "../core/runtime.ts";
import { Alarm } from "./alarm.ts";
import type { CapturedBody, RecordDraft } from "./record.ts";
import { buildLines, type BuiltLines } from "./record_line.ts";
import type { Redactor } from "./redact.ts";
import { AppendError, type RecordSink, type SinkLine } from "./sinks/sink.ts";
import { Slice } from "./slice.ts";

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

/** A record waits this long for others to share its write; with two ticks of the timer wheel at most 60 ms. */
const GATHER_MS = 20;

/** A batch is written at this many bytes, or once building it took so long: slow ones must not keep others from the disk. */
const BATCH_BYTES = 1_048_576;
const BATCH_MS = 50;

/** First and longest wait before lines that could not be written are tried again. */
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;

/** Tries of the last lines when the recorder is closed over a broken sink. */
const CLOSING_TRIES = 3;

interface Waiting {
  readonly draft: RecordDraft;
  /** Undefined when it was called already. */
  readonly release: (() => void) | undefined;
  /** Of its bodies; what else it holds is bounded by the number of records. */
  readonly bodyBytes: number;
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
  #queue: Waiting[] = [];
  #heldRecords = 0;
  #heldBodyBytes = 0;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #closed = false;
  #full = false;
  #wake: (() => void) | undefined;
  #idle: (() => void)[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#log = options.log.channel("records");
    this.#alarm = new Alarm({ ...options, log: this.#log });
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
    const bodyBytes = sizeOf(draft.request) + sizeOf(draft.response);
    const fits = this.#heldBodyBytes + bodyBytes <= this.#maxBodyBytes;
    this.#heldRecords++;
    if (fits) {
      this.#heldBodyBytes += bodyBytes;
      this.#queue.push({ draft, release, bodyBytes });
    } else {
      this.#options.observer.count("records_demoted");
      this.#queue.push({ draft: withoutBodies(draft), release: undefined, bodyBytes: 0 });
      this.#release(release);
    }
    if (this.#working === undefined) {
      this.#timer ??= this.#options.runtime.after(GATHER_MS, () => this.#begin());
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
    this.#begin();
    return done;
  }

  /** Takes no more, writes what waits (dropping it only when the sink stays broken) and closes the sink. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#begin();
    this.#wake?.();
    while (this.#working !== undefined) await this.#working;
    this.#alarm.close();
    await this.#options.sink.close();
  }

  #begin(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#working !== undefined || this.#queue.length === 0) return;
    this.#working = this.#work().catch((error) => {
      this.#log.error("The recorder failed; please report this", { error: String(error) });
    }).finally(() => {
      this.#working = undefined;
      // Something may have been offered between the last look at the queue and here.
      if (this.#queue.length > 0) this.#begin();
      else this.#callIdle();
    });
  }

  #callIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #work(): Promise<void> {
    const { runtime, nextTurn } = this.#options;
    while (this.#queue.length > 0) {
      const taken = this.#queue;
      this.#queue = [];
      let lines: SinkLine[] = [];
      let written: Waiting[] = [];
      let sizeBytes = 0;
      let sinceMs = runtime.monotonic();
      const slice = new Slice(runtime, nextTurn);
      for (const waiting of taken) {
        const built = await this.#build(waiting.draft, slice);
        written.push(waiting);
        if (built !== undefined) sizeBytes += addLines(lines, built, waiting.draft.endedMs);
        if (sizeBytes < BATCH_BYTES && runtime.monotonic() - sinceMs < BATCH_MS) continue;
        await this.#write(lines, written);
        lines = [];
        written = [];
        sizeBytes = 0;
        sinceMs = runtime.monotonic();
      }
      await this.#write(lines, written);
    }
  }

  async #build(draft: RecordDraft, slice: Slice): Promise<BuiltLines | undefined> {
    const { redactor, training, observer } = this.#options;
    try {
      const building = buildLines(draft, { redactor, training });
      let step = building.next();
      while (!step.done) {
        if (slice.isDue) await slice.rest();
        step = building.next();
      }
      if (slice.isDue) await slice.rest();
      if (step.value.unassembled) observer.count("records_unassembled");
      return step.value;
    } catch (error) {
      this.#log.error("A record could not be built; please report this", {
        id: draft.id,
        error: String(error),
      });
      this.#alarm.dropped("unbuildable", 1);
      return undefined;
    }
  }

  /** Writes the lines, however often that must be tried, and lets go of the records. */
  async #write(lines: readonly SinkLine[], records: readonly Waiting[]): Promise<void> {
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
    for (const record of records) this.#settle(record);
  }

  #settle(record: Waiting): void {
    this.#heldRecords--;
    this.#heldBodyBytes -= record.bodyBytes;
    this.#full = false;
    if (record.release !== undefined) this.#release(record.release);
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

function sizeOf(body: CapturedBody): number {
  return body.kind === "json" || body.kind === "stream" ? body.bytes.length : 0;
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

/** Adds a record's lines to a batch and says their bytes. */
function addLines(lines: SinkLine[], built: BuiltLines, endedMs: number): number {
  lines.push({ kind: "record", bytes: built.record, endedMs });
  if (built.training === undefined) return built.record.length;
  lines.push({ kind: "training", bytes: built.training, endedMs });
  return built.record.length + built.training.length;
}
