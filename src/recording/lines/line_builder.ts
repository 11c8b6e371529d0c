import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import { atOnce, inSlices, type Steps } from "../../core/time/steps.ts";
import type { CapturedBody, RecordDraft } from "../record.ts";
import { buildLines, type LineOptions } from "./record_line.ts";
import type { SinkLine } from "../sinks/sink.ts";
import { Slice } from "../slice.ts";

/**
 * A record whose bodies are no longer than this is made a line as soon as it is taken: what waits keeps a whole
 * request in memory, and what gathers holds up others for as long as all of it takes. Longer ones wait for their turn.
 */
const AT_ONCE_BYTES = 65_536;

/** A byte of a stream counts for as many: putting its events together takes so much longer than looking a body through. */
const STREAM_WEIGHT = 4;

/**
 * Longest work at a stretch, in milliseconds. When many long streams end together their records take much of a core for
 * seconds, and in a busy process every stretch puts off all that goes on by several times its own length.
 */
const SLICE_MS = 1;

/** What {@link LineBuilder} works with. */
export interface LineBuilderParts extends LineOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  /** Resolves when others have had their chance. */
  readonly nextTurn: () => Promise<void>;
  /** Told of a record that cannot be made a line. */
  readonly unbuildable: () => void;
}

/** Makes lines of records: of short ones at once, of longer ones in slices, one after the other. */
export class LineBuilder {
  readonly #parts: LineBuilderParts;
  #waiting: { readonly draft: RecordDraft; readonly built: (lines: readonly SinkLine[]) => void }[] = [];
  #working: Promise<void> | undefined;

  constructor(parts: LineBuilderParts) {
    this.#parts = parts;
  }

  /** Resolves when all that was taken is made; undefined when nothing waits. */
  get working(): Promise<void> | undefined {
    return this.#working;
  }

  /** Calls `built` once, perhaps before this returns, with the record's lines: none where it cannot be made one. */
  take(draft: RecordDraft, built: (lines: readonly SinkLine[]) => void): void {
    const weight = draft.response.kind === "stream" ? STREAM_WEIGHT : 1;
    const workBytes = bodySizeBytes(draft.request) + weight * bodySizeBytes(draft.response);
    if (this.#working === undefined && workBytes <= AT_ONCE_BYTES) return built(atOnce(this.#linesOf(draft)));
    this.#waiting.push({ draft, built });
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    const { runtime, nextTurn } = this.#parts;
    await nextTurn();
    const slice = new Slice(runtime, nextTurn, SLICE_MS);
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.reverse();
      this.#waiting = [];
      for (let next = taken.pop(); next !== undefined; next = taken.pop()) {
        next.built(await inSlices(this.#linesOf(next.draft), slice));
        if (slice.isDue) await slice.rest();
      }
    }
  }

  *#linesOf(draft: RecordDraft): Steps<readonly SinkLine[]> {
    const { log, observer, unbuildable } = this.#parts;
    try {
      const { record, training, unassembled } = yield* buildLines(draft, this.#parts);
      if (unassembled) observer.count("records_unassembled");
      const { endedMs } = draft;
      const line: SinkLine = { kind: "record", bytes: record, endedMs };
      return training === undefined ? [line] : [line, { kind: "training", bytes: training, endedMs }];
    } catch (error) {
      log.error("A record could not be built; please report this", { id: draft.id, error: String(error) });
      unbuildable();
      return [];
    }
  }
}

/** Bytes that a captured body holds in memory. */
export function bodySizeBytes(body: CapturedBody): number {
  return body.kind === "json" || body.kind === "stream" ? body.bytes.length : 0;
}
