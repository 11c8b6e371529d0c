import type { Log } from "../core/log.ts";
import type { Notices } from "../core/notices.ts";
import type { Observer } from "../core/observe.ts";
import type { Runtime, Timer } from "../core/runtime.ts";

/** Why a record was dropped: the label of the counter `records_dropped`. */
export type DropReason = "too_many" | "unbuildable" | "closed";

/** What an alarm speaks through. */
export interface AlarmOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  /** Hears of records that are not written. */
  readonly notices?: Notices;
  /** What happens to requests while records cannot be written: said in the log. */
  readonly onFullDisk: "serve" | "refuse";
}

/** Least time between two log lines about the same trouble. */
const SAY_EVERY_MS = 60_000;

/** Counts a recorder's troubles and says them, once a minute at most, so that a full disk does not fill the log too. */
export class Alarm {
  readonly #options: AlarmOptions;
  #failing = false;
  #failureSaidMs = -SAY_EVERY_MS;
  #dropsSaidMs = -SAY_EVERY_MS;
  #dropsUnsaid = 0;
  #lastReason: DropReason | undefined;
  #timer: Timer | undefined;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** True from a failed write to the next that works. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Records were dropped. */
  dropped(reason: DropReason, records: number): void {
    const { observer, runtime } = this.#options;
    observer.count("records_dropped", { reason }, records);
    this.#dropsUnsaid += records;
    this.#lastReason = reason;
    const waitMs = this.#dropsSaidMs + SAY_EVERY_MS - runtime.monotonic();
    if (waitMs <= 0) this.#sayDrops();
    else this.#timer ??= runtime.after(waitMs, () => this.#sayDrops());
  }

  /** A write failed with lines left to write. */
  failed(error: unknown, waiting: { readonly lines: number; readonly records: number }): void {
    const { observer, runtime, log, onFullDisk } = this.#options;
    observer.count("records_write_failures");
    this.#failing = true;
    const nowMs = runtime.monotonic();
    if (nowMs - this.#failureSaidMs < SAY_EVERY_MS) return;
    this.#failureSaidMs = nowMs;
    const effect = onFullDisk === "refuse"
      ? "new requests are refused until they can be"
      : "requests go on, records wait and are dropped when too many do";
    log.error(`Records cannot be written: ${effect}. Check the disk of the data directory`, {
      cause: causes(error),
      ...waiting,
    });
    this.#options.notices?.tell({ kind: "records_failing", what: "unwritten" });
  }

  /** A write worked. */
  worked(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#failureSaidMs = -SAY_EVERY_MS;
    this.#options.log.info("Records are written again");
  }

  /** Says what is still unsaid and sets no more timers. */
  close(): void {
    this.#sayDrops();
  }

  #sayDrops(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#dropsUnsaid === 0) return;
    this.#dropsSaidMs = this.#options.runtime.monotonic();
    this.#options.log.error("Records were dropped", { records: this.#dropsUnsaid, reason: this.#lastReason });
    this.#options.notices?.tell({ kind: "records_failing", what: "dropped" });
    this.#dropsUnsaid = 0;
  }
}

/** The error and what caused it, outermost first. */
function causes(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at instanceof Error && texts.length < 4; at = at.cause) texts.push(at.message);
  return texts.join(": ");
}
