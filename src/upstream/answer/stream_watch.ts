import { mayTryElsewhere, type Outcome } from "../../core/outcome.ts";
import type { Secret } from "../../core/secret.ts";
import { STREAM_SIGNS, type StreamReader } from "../../formats/format.ts";
import type { ErrorRule } from "../../providers/provider.ts";
import { classifyErrorData } from "../classify.ts";
import { withoutUsageEvent } from "../usage/usage_event.ts";
import { type HoldAllowance, MAX_COMPLETE_BYTES } from "./hold_allowance.ts";
import { HeldBytes } from "./held_bytes.ts";
import { bytesWithoutKey } from "./key_echo.ts";
import { WholeEvents } from "./whole_events.ts";

/** Most bytes of an event stream held back until its first content; then they pass as they are. */
export const MAX_HELD_STREAM_BYTES = 1024 * 1024;

/** Watches one event stream go by: what of it may pass, when it commits, how it stands. */
export class StreamWatch {
  readonly #reader: StreamReader;
  readonly #rules: readonly ErrorRule[];
  readonly #key: Secret | undefined;
  readonly #events = new WholeEvents();
  readonly #ready = new HeldBytes();
  readonly #allowance: HoldAllowance | undefined;
  readonly #stripsUsage: boolean;
  #overfull = false;
  #told: Outcome | undefined;
  #marked = false;
  #committed = false;

  /**
   * Errors inside the stream lose the `key` they repeat. With an `allowance` the stream is held until it is whole,
   * or until the allowance is used up. `stripsUsage`: the event that only tells usage does not pass.
   */
  constructor(
    reader: StreamReader,
    rules: readonly ErrorRule[],
    key: Secret | undefined,
    allowance: HoldAllowance | undefined,
    stripsUsage: boolean,
  ) {
    this.#reader = reader;
    this.#rules = rules;
    this.#key = key;
    this.#allowance = allowance;
    this.#stripsUsage = stripsUsage;
  }

  /**
   * Looks at the next bytes. Returns an outcome when they are an error, while all may still be held back, after
   * which another endpoint may be tried; nothing of the stream must pass then. Other errors are the client's to see.
   */
  push(chunk: Uint8Array): Outcome | undefined {
    const signs = this.#reader.push(chunk);
    if ((signs & STREAM_SIGNS.error) !== 0 && this.#told === undefined) {
      const outcome = this.#errorOutcome();
      if (this.#isHeld && mayTryElsewhere(outcome)) return outcome;
      this.#told = outcome;
    }
    if ((signs & STREAM_SIGNS.end) !== 0) this.#marked = true;
    for (const piece of this.#passing(this.#events.push(chunk))) this.#keep(piece);
    return undefined;
  }

  /** Whether what was pushed so far must reach the client: it has content, an error, or is too much to hold. */
  get mustPass(): boolean {
    return this.#ready.sizeBytes > 0 && !this.#isHeld;
  }

  /** Takes out what may pass now; from here on the stream is committed. */
  take(): Uint8Array {
    this.#committed = true;
    const bytes = this.#ready.join();
    // Only from an error on: ordinary content is not searched, and may say what it likes.
    return this.#told === undefined ? bytes : bytesWithoutKey(bytes, this.#key);
  }

  /** Takes out everything, an unfinished event too: for a stream that ended as it should. */
  takeAll(): Uint8Array {
    const rest = this.#passing(this.#events.rest());
    for (const piece of rest) this.#ready.push(piece);
    const bytes = this.take();
    // The reader never judged an unfinished event: it may be an error.
    return rest.length === 0 ? bytes : bytesWithoutKey(bytes, this.#key);
  }

  /** Whether all that was taken ends between two events. */
  get between(): boolean {
    return this.#events.between;
  }

  /** The data of that error, as JSON with an `error` member where the format lets us. */
  get errorData(): Uint8Array {
    return this.#reader.errorData ?? new Uint8Array(0);
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

  /** Whether nothing of the stream has to pass yet. */
  get #isHeld(): boolean {
    if (this.#committed || this.#told !== undefined) return false;
    if (this.#allowance === undefined) {
      return !this.#reader.hasContent && this.#ready.sizeBytes <= MAX_HELD_STREAM_BYTES;
    }
    return !this.#overfull && !(this.#marked && this.#reader.hasContent);
  }

  #passing(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
    return this.#stripsUsage ? withoutUsageEvent(pieces) : pieces;
  }

  #keep(piece: Uint8Array): void {
    if (this.#allowance === undefined || this.#committed) return this.#ready.push(piece);
    if (!this.#overfull) this.#overfull = !this.#allowance.take(piece.length, MAX_COMPLETE_BYTES);
    // Copied where it owns little of its memory: a small event would keep the whole buffer it was read into.
    this.#ready.push(piece.buffer.byteLength > 2 * piece.length ? new Uint8Array(piece) : piece);
  }

  #errorOutcome(): Outcome {
    return classifyErrorData(this.errorData, "error_event", this.#rules) ??
      { class: "broken", reason: "error_event" };
  }
}
