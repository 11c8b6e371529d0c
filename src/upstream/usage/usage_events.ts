import { Buffer } from "node:buffer";
import { BytesPattern } from "../../core/bytes/bytes_pattern.ts";
import { SseSplitter } from "../../core/bytes/sse.ts";
import { contentBytes as bytesWritten } from "./content_bytes.ts";
import type { TappedBytes } from "./usage_tap.ts";

/** How many events that tell usage are kept of each end of a stream: vendors tell totals, of which the last counts. */
const FIRST_USAGES = 2;
const LAST_USAGES = 3;

/** Last events that are kept whatever they tell: how the answer ended stands in one of them. */
const LAST_EVENTS = 4;

const encoder = new TextEncoder();
const LF = 0x0a;
const SPACE = 0x20;

/** The name of the member that tells usage, with its quotes. */
export const USAGE: BytesPattern = new BytesPattern(encoder.encode(`"usage"`));

/** Member names after which an object tells usage. */
const USAGE_NAMES = [
  { name: "usage", quoted: USAGE },
  { name: "usageMetadata", quoted: new BytesPattern(encoder.encode(`"usageMetadata"`)) },
];

const BRACE = 0x7b;
const COLON = 0x3a;

/** What the kept ends of an event stream tell. */
export interface StreamReading {
  /** The few events that tell model, usage and end, as a stream of their own: a format reads it in no time. */
  readonly told: Uint8Array;
  /** The last usage is told by an event of its own, as OpenAI's chat ends with: the vendor counts no further. */
  readonly isFinal: boolean;
  /** Bytes that the model wrote, worked out for what was not kept. */
  readonly contentBytes: () => number;
}

const NO_CHOICES = /"choices"\s*:\s*\[\s*\]/;

interface TapEvent {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Reads the ends of an event stream. */
export function readStreamEnds({ head, tail, gap, sizeBytes }: TappedBytes): StreamReading {
  const events = [
    ...eventsOf(gap ? untilLastEvent(head) : head),
    ...eventsOf(gap ? fromFirstEvent(tail) : tail),
  ];
  const telling = events.filter(({ data }) => usageIn(data) !== undefined);
  const kept = new Set([
    ...events.slice(0, 1),
    ...telling.slice(0, FIRST_USAGES),
    ...telling.slice(-LAST_USAGES),
    ...events.slice(-LAST_EVENTS),
  ]);
  const told = events.filter((event) => kept.has(event));
  const share = gap ? sizeBytes / (head.length + tail.length) : 1;
  const contentBytes = () => Math.round(share * events.reduce((sum, event) => sum + contentOf(event), 0));
  const last = telling.at(-1);
  const isFinal = last !== undefined && NO_CHOICES.test(new TextDecoder().decode(last.data));
  return { told: joinedEvents(told), isFinal, contentBytes };
}

/** The object behind the last member that is called as usage is, wherever it stands in JSON; `name` as it is spelled. */
export function usageIn(json: Uint8Array): { readonly name: string; readonly start: number } | undefined {
  for (const { name, quoted } of USAGE_NAMES) {
    const start = objectIn(json, quoted);
    if (start >= 0) return { name, start };
  }
  return undefined;
}

/** Where the object begins behind the last member of that name, wherever it stands in JSON; -1 where none does. */
export function objectIn(json: Uint8Array, quotedName: BytesPattern): number {
  for (let at = quotedName.last(json); at >= 0; at = quotedName.last(json, at)) {
    let value = at + quotedName.sizeBytes;
    while ((json[value] ?? 0) === SPACE || json[value] === COLON) value++;
    // Inside a string the quotes would be escaped.
    if (json[value] === BRACE) return value;
  }
  return -1;
}

function eventsOf(stream: Uint8Array): TapEvent[] {
  const events: TapEvent[] = [];
  const splitter = new SseSplitter({
    event: (name, data) => {
      if (data.length === 0) return;
      // A view of the stream stays good. Copies of some sixty events would be most of what reading the ends costs.
      events.push({ name, data: data.buffer === stream.buffer ? data : data.slice() });
    },
    oversized() {},
  });
  splitter.push(stream);
  splitter.flush();
  return events;
}

/** The Responses format tells each text piece by piece and then again whole: only the pieces count. */
function contentOf({ name, data }: TapEvent): number {
  const begin = new TextDecoder().decode(data.subarray(0, 80));
  const type = /^\{\s*"type"\s*:\s*"([^"]*)"/.exec(begin)?.[1] ?? name;
  return type.startsWith("response.") && !type.endsWith(".delta") ? 0 : bytesWritten(data);
}

function joinedEvents(events: readonly TapEvent[]): Uint8Array {
  const pieces = events.flatMap(({ name, data }) => [
    encoder.encode(`${name === "" ? "" : `event: ${name}\n`}data: `),
    // A line feed between the tokens of JSON is as good as a space, and would end the line here.
    data.includes(LF) ? data.map((byte) => byte === LF ? SPACE : byte) : data,
    encoder.encode("\n\n"),
  ]);
  return Buffer.concat(pieces);
}

function fromFirstEvent(bytes: Uint8Array): Uint8Array {
  for (let at = 1; at < bytes.length; at++) {
    if (isLineEnd(bytes[at]) && isLineEnd(bytes[at - 1]) && !isCrLf(bytes, at)) return bytes.subarray(at + 1);
  }
  return bytes.subarray(0, 0);
}

function untilLastEvent(bytes: Uint8Array): Uint8Array {
  for (let at = bytes.length - 1; at > 0; at--) {
    if (isLineEnd(bytes[at]) && isLineEnd(bytes[at - 1]) && !isCrLf(bytes, at)) {
      return bytes.subarray(0, at + 1);
    }
  }
  return bytes.subarray(0, 0);
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LF || byte === 0x0d;
}

/** A carriage return and the line feed that belongs to it are one line end, not two. */
function isCrLf(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === LF && bytes[at - 1] === 0x0d && !isLineEnd(bytes[at - 2]);
}
