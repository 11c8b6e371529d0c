import type { Log } from "../../core/log.ts";
import type { Observer } from "../../core/observe.ts";
import type { Registered } from "../../core/registry.ts";
import type { Runtime } from "../../core/runtime.ts";

/** One finished line on its way out. */
export interface SinkLine {
  /** `record` or the plain line for training that goes beside it. */
  readonly kind: "record" | "training";
  /** UTF-8 with one line feed, at the end. */
  readonly bytes: Uint8Array;
  /** Wall clock at the request's end. */
  readonly endedMs: number;
}

/** Where finished lines go. The recorder makes one call at a time. */
export interface RecordSink {
  /**
   * Writes the lines, each whole or not at all. Rejects with {@link AppendError} when some could not be written;
   * the recorder then brings those again later.
   */
  append(lines: readonly SinkLine[]): Promise<void>;
  /** Finishes background work and lets go of everything held. */
  close(): Promise<void>;
}

/** Some lines could not be written; the others were. */
export class AppendError extends Error {
  override readonly name = "AppendError";
  /** What is still to be written, in order. */
  readonly unwritten: readonly SinkLine[];

  constructor(message: string, unwritten: readonly SinkLine[], options?: ErrorOptions) {
    super(message, options);
    this.unwritten = unwritten;
  }
}

/** What opening a sink needs to know; a kind without files uses little of it. */
export interface SinkOptions {
  /** The data directory; exists and is writable. */
  readonly dataDir: string;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  /** Hours older than this many days are deleted; more than 0. */
  readonly keepDays: number;
  /** Bytes that all kept hours may take together; beyond, the oldest are deleted, never the current hour. */
  readonly maxTotalBytes: number;
  /** Whether hours are compressed once they are over. */
  readonly compress: boolean;
}

/** A kind of sink. A new one is one file here and one line in `mod.ts`. */
export interface SinkKind extends Registered {
  /** The literal name in config; equal to the file's name. */
  readonly type: string;
  /** One sentence for the config schema and the docs. */
  readonly summary: string;
  /** Whether training lines have a place; the recorder is not to make them otherwise. */
  readonly keepsTraining: boolean;
  /** Opens it; rejects when records cannot be written there at all. */
  open(options: SinkOptions): Promise<RecordSink>;
}
