import { isJsonObject, type JsonObject, parseExact } from "../../core/bytes/exact_json.ts";
import { isTooDeep } from "../../core/bytes/json_depth.ts";
import { SseSplitter } from "../../core/bytes/sse.ts";
import type { Steps } from "../../core/time/steps.ts";
import { EventForm } from "./event_form.ts";
import { TextRun } from "./text_run.ts";

/** Bytes that are read at a stretch, before others may take their turn; up to the last line's end in them. */
const STRETCH_BYTES = 32 * 1024;

/** Working a form out costs as much as parsing some twenty events: a stream of fewer is parsed. */
const SHORT_STREAM_BYTES = 8 * 1024;

const LF = 0x0a;

/** Forms that may be worked out in vain, more than events were read by one: a stream without likeness costs no more for it. */
const VAIN_FORMS = 16;

/** Takes an event that was parsed. `data` is a view, good only until the call returns; empty where several events were joined. */
export type TakeEvent = (event: JsonObject, name: string, data: Uint8Array) => void;

/**
 * Whether events may be told as one that differ only in members of `event` for which `isText` is true: as one with
 * all of their texts joined in order. So it is where the texts are joined anyway, and all else changes nothing when told again.
 */
export type JoinsTexts = (event: JsonObject, isText: (member: unknown) => boolean) => boolean;

/**
 * Hands each event of a whole stream to `take`, parsed with its numbers as they came, also an event at the end whose closing
 * line is missing. Events that are no JSON object, or too deep to be written again, are left out. The caller lets
 * others run at each `yield`.
 *
 * Most events are the one before but for a text: of these only the text is read. `joins` may have them told together.
 */
export function* readEvents(stream: Uint8Array, take: TakeEvent, joins: JoinsTexts = never): Steps<void> {
  const events = new EventReader(take, joins, stream.length > SHORT_STREAM_BYTES);
  const splitter = new SseSplitter(events, Infinity); // The stream is in memory already.
  for (let at = 0; at < stream.length;) {
    if (at > 0) yield;
    const end = stretchEnd(stream, at);
    splitter.push(stream.subarray(at, end));
    at = end;
  }
  splitter.flush();
  events.flush();
}

const NOTHING = new Uint8Array(0);
const decoder = new TextDecoder();

function stretchEnd(stream: Uint8Array, from: number): number {
  if (stream.length - from <= STRETCH_BYTES) return stream.length;
  // An event that is torn would have to be put together again.
  for (let end = from + STRETCH_BYTES; end > from; end--) if (stream[end - 1] === LF) return end;
  return from + STRETCH_BYTES;
}

class EventReader {
  readonly #take: TakeEvent;
  readonly #joins: JoinsTexts;
  readonly #learns: boolean;
  #form: EventForm | undefined;
  /** Texts of the form's events, in its order. */
  #texts: readonly TextRun[] = [];
  #isJoined = false;
  /** Name of the events whose texts wait to be told together; undefined where none wait. */
  #waiting: string | undefined;
  #before: Uint8Array | undefined;
  #read = 0;
  #formed = 0;
  /** Of the memory that the last event stood in: one for each event would cost as much as reading it. */
  #memory: DataView = new DataView(NOTHING.buffer);

  /** `learns`: looks for what events have in common. */
  constructor(take: TakeEvent, joins: JoinsTexts, learns: boolean) {
    this.#learns = learns;
    this.#take = take;
    this.#joins = joins;
  }

  event(name: string, data: Uint8Array): void {
    const form = this.#form;
    if (form?.finds(data, this.#memoryOf(data)) === true) {
      if (this.#waiting !== name) this.flush();
      this.#read++;
      form.places.forEach(({ from, end }, index) => this.#texts[index]?.add(data, from, end));
      if (this.#isJoined) this.#waiting = name;
      else this.#take(this.#casted(form), name, data);
      return;
    }
    this.flush();
    const event = parsed(data);
    if (event === undefined) return;
    this.#learn(data);
    this.#take(event, name, data);
  }

  oversized(): void {}

  /** Tells what waits. */
  flush(): void {
    const name = this.#waiting;
    if (name === undefined || this.#form === undefined) return;
    this.#waiting = undefined;
    this.#take(this.#casted(this.#form), name, NOTHING);
  }

  #casted(form: EventForm): JsonObject {
    return form.cast(this.#texts.map((text) => text.take()));
  }

  #learn(data: Uint8Array): void {
    if (!this.#learns || this.#formed > this.#read + VAIN_FORMS) return;
    this.#formed++;
    const before = this.#before;
    this.#before = data.slice();
    const form = before === undefined ? undefined : EventForm.of(before, data);
    if (form === undefined) return;
    this.#form = form;
    this.#texts = form.places.map(() => new TextRun());
    this.#isJoined = this.#joins(form.marked, form.isText);
  }

  #memoryOf({ buffer }: Uint8Array): DataView {
    if (this.#memory.buffer !== buffer) this.#memory = new DataView(buffer);
    return this.#memory;
  }
}

function never(): boolean {
  return false;
}

function parsed(data: Uint8Array): JsonObject | undefined {
  try {
    const value = parseExact(decoder.decode(data));
    if (!isJsonObject(value)) return undefined;
    return isTooDeep(value, data.length) ? undefined : value;
  } catch {
    return undefined;
  }
}
