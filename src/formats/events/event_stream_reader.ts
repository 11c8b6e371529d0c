import { type SseHandler, SseSplitter } from "../../core/bytes/sse.ts";
import { STREAM_SIGNS, type StreamReader } from "../format.ts";

/** Most bytes of an error event that are kept. */
const MAX_ERROR_BYTES = 65_536;

/** What one format makes of its events. Holds the state of one stream. */
export interface EventRules {
  /** Judges one event: the sum of `STREAM_SIGNS` in it. With `hasContent` it need only find ends and errors. */
  look(name: string, data: Uint8Array, hasContent: boolean): number;
  /** Judges an event too large to be looked at, of which only the beginning is known. */
  lookOversized(name: string, head: Uint8Array): number;
  /** Whether an end mark was among the events. */
  readonly ended: boolean;
  /** The error in the event just judged, where it is wrapped so that its data would not tell it plainly. */
  readonly errorData?: Uint8Array | undefined;
}

/** A {@link StreamReader} over server-sent events. */
export class EventStreamReader implements StreamReader, SseHandler {
  readonly #splitter = new SseSplitter(this);
  readonly #rules: EventRules;
  #signs = 0;
  #seen = 0;
  #errorData: Uint8Array | undefined;

  constructor(rules: EventRules) {
    this.#rules = rules;
  }

  push(chunk: Uint8Array): number {
    this.#signs = 0;
    this.#splitter.push(chunk);
    return this.#signs;
  }

  /** False for ever once an error was seen: what ends with one did not end well. */
  get ended(): boolean {
    return (this.#seen & STREAM_SIGNS.error) === 0 && this.#rules.ended;
  }

  get hasContent(): boolean {
    return (this.#seen & STREAM_SIGNS.content) !== 0;
  }

  get errorData(): Uint8Array | undefined {
    return this.#errorData;
  }

  get betweenEvents(): boolean {
    return this.#splitter.betweenEvents;
  }

  event(name: string, data: Uint8Array): void {
    this.#note(this.#rules.look(name, data, this.hasContent), data);
  }

  oversized(name: string, head: Uint8Array): void {
    this.#note(this.#rules.lookOversized(name, head), head);
  }

  #note(signs: number, data: Uint8Array): void {
    if (signs === 0) return;
    this.#signs |= signs;
    this.#seen |= signs;
    if ((signs & STREAM_SIGNS.error) !== 0 && this.#errorData === undefined) {
      this.#errorData = (this.#rules.errorData ?? data).slice(0, MAX_ERROR_BYTES);
    }
  }
}
