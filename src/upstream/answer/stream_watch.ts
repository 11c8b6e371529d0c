import { mayTryElsewhere, type Outcome } from "../../core/outcome.ts";
import { STREAM_SIGNS, type StreamReader } from "../../formats/format.ts";
import type { ErrorRule } from "../../providers/provider.ts";
import { classifyErrorData } from "../classify.ts";
import { HeldBytes } from "./held_bytes.ts";
import { WholeEvents } from "./whole_events.ts";

/** Most bytes of an event stream held back until its first content; then they pass as they are. */
export const MAX_HELD_STREAM_BYTES = 1024 * 1024;

/** Watches one event stream go by: what of it may pass, when it commits, how it stands. */
export class StreamWatch {
  readonly #reader: StreamReader;
  readonly #rules: readonly ErrorRule[];
  readonly #events = new WholeEvents();
  readonly #ready = new HeldBytes();
  #told: Outcome | undefined;
  #marked = false;
  #committed = false;

  constructor(reader: StreamReader, rules: readonly ErrorRule[]) {
    this.#reader = reader;
    this.#rules = rules;
  }

  /**
   * Looks at the next bytes. Returns an outcome when they are an error before any content after which another
   * endpoint may be tried; nothing of the stream must pass then. Other errors are the client's to see.
   */
  push(chunk: Uint8Array): Outcome | undefined {
    const signs = this.#reader.push(chunk);
    if ((signs & STREAM_SIGNS.error) !== 0 && this.#told === undefined) {
      const outcome = this.#errorOutcome();
      if (!this.#committed && !this.#reader.hasContent && mayTryElsewhere(outcome)) return outcome;
      this.#told = outcome;
    }
    if ((signs & STREAM_SIGNS.end) !== 0) this.#marked = true;
    for (const piece of this.#events.push(chunk)) this.#ready.push(piece);
    return undefined;
  }

  /** Whether what was pushed so far must reach the client: it has content, an error, or is too much to hold. */
  get mustPass(): boolean {
    if (this.#ready.sizeBytes === 0) return false;
    return this.#committed || this.#reader.hasContent || this.#told !== undefined ||
      this.#ready.sizeBytes > MAX_HELD_STREAM_BYTES;
  }

  /** Takes out what may pass now; from here on the stream is committed. */
  take(): Uint8Array {
    this.#committed = true;
    return this.#ready.join();
  }

  /** Takes out everything, an unfinished event too: for a stream that ended as it should. */
  takeAll(): Uint8Array {
    for (const piece of this.#events.rest()) this.#ready.push(piece);
    return this.take();
  }

  /** Whether all that was taken ends between two events. */
  get between(): boolean {
    return this.#events.between;
  }

  /** The error that the upstream itself told the client inside the stream. */
  get told(): Outcome | undefined {
    return this.#told;
  }

  /** Whether content, or what explains that there is none, was seen. */
  get hasContent(): boolean {
    return this.#reader.hasContent;
  }

  /** To be asked when the bytes ended in good order: whether the stream came to its own end, or told an error. */
  get ended(): boolean {
    return this.#told !== undefined || this.#reader.ended;
  }

  /** Whether the end stood in the stream itself, so that it was whole however the connection ended. */
  get endMarked(): boolean {
    return this.#told !== undefined || this.#marked;
  }

  #errorOutcome(): Outcome {
    const data = this.#reader.errorData ?? new Uint8Array(0);
    return classifyErrorData(data, "error_event", this.#rules) ?? { class: "broken", reason: "error_event" };
  }
}
