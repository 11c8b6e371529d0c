import { atOnce } from "../../core/time/steps.ts";
import type { AnswerFacts, Provenance, Usage } from "../../core/answer.ts";
import type { Format } from "../../formats/format.ts";
import { contentBytes, nestedEnd } from "./content_bytes.ts";
import { readStreamEnds, usageIn } from "./usage_events.ts";
import type { TappedBytes } from "./usage_tap.ts";

/** Bytes of text that make a token: English has four, most other scripts three to five. */
export const BYTES_PER_TOKEN = 4;

/** What an answer cost, and where the numbers come from. */
export interface AnswerUsage {
  readonly usage: Usage;
  readonly provenance: Provenance;
  /** The model that the vendor says it used. */
  readonly model?: string;
  readonly vendorTier?: string;
}

/** What is known of an answer beside its bytes. */
export interface AnswerKnown {
  /** The format it is in; undefined: nothing can be read. */
  readonly format: Format | undefined;
  /** It came to its own end. */
  readonly whole: boolean;
  /** Input tokens of the request, by its bytes; asked where the vendor tells none. */
  readonly inputTokens: () => number;
}

const encoder = new TextEncoder();

/**
 * Works out what an answer cost of what a tap kept of it. Of an answer that broke off before the vendor told, the
 * input is that of the request, the output that of the text that went by, four bytes a token; what is not shown
 * (hidden reasoning) cannot be counted then.
 */
export function answerUsage(kept: TappedBytes, known: AnswerKnown): AnswerUsage {
  const { facts, written } = readEnds(kept, known.format);
  const { usage, model, vendorTier, finish } = facts;
  const rest = {
    ...(model === undefined ? {} : { model }),
    ...(vendorTier === undefined ? {} : { vendorTier }),
  };
  if (usage !== undefined && (known.whole || finish !== undefined)) {
    return { usage, provenance: "reported", ...rest };
  }
  const outputTokens = Math.ceil(written() / BYTES_PER_TOKEN);
  if (usage === undefined) {
    return { usage: { inputTokens: known.inputTokens(), outputTokens }, provenance: "estimated", ...rest };
  }
  // Some vendors count as they go, others tell the input and hardly more at the beginning.
  const counted = usage.outputTokens >= outputTokens / 2 ? usage.outputTokens : outputTokens;
  const inputTokens = usage.inputTokens > 0 ? usage.inputTokens : known.inputTokens();
  return { usage: { ...usage, inputTokens, outputTokens: counted }, provenance: "partial", ...rest };
}

interface Ends {
  readonly facts: AnswerFacts;
  readonly written: () => number;
}

function readEnds(kept: TappedBytes, format: Format | undefined): Ends {
  const { head, tail, gap, sizeBytes } = kept;
  const start = head.findIndex((byte) => byte > 0x20);
  const first = head[start];
  if (format === undefined || first === undefined) return { facts: {}, written: () => 0 };
  if (first === 0x7b || first === 0x5b) { // `{`, `[`
    const facts = gap ? {} : attempted(() => format.readAnswer(head));
    const share = gap ? sizeBytes / head.length : 1;
    return {
      facts: facts.usage === undefined
        // An array is a stream whose elements each tell the total so far: behind none of them need be the end.
        ? { ...facts, ...lastUsage(gap ? tail : head, format, first === 0x7b ? "told" : facts.finish) }
        : facts,
      written: () => Math.round(contentBytes(head) * share),
    };
  }
  if (!isEventLine(head.subarray(start, start + 8))) return { facts: {}, written: () => 0 };
  const { told, isFinal, contentBytes: written } = readStreamEnds(kept);
  const read = attempted(() => atOnce(format.assemble(told)));
  const facts = isFinal ? { finish: "told", ...read } : read;
  return {
    // The one event that tells it may be longer than what is kept.
    facts: facts.usage === undefined && gap ? { ...facts, ...lastUsage(tail, format, "told") } : facts,
    written,
  };
}

/** Whether bytes begin as an event stream does, a byte order mark left aside. */
function isEventLine(bytes: Uint8Array): boolean {
  return /^(?:\ufeff)?(?:data:|event:|id:|retry:|:)/.test(new TextDecoder().decode(bytes)) ||
    bytes[0] === 0xef;
}

/** The usage that stands last in a piece of JSON of which the beginning is missing, and the `finish` that it stands for. */
function lastUsage(json: Uint8Array, format: Format, finish: string | undefined): AnswerFacts {
  const found = usageIn(json);
  if (found === undefined) return {};
  const object = new TextDecoder().decode(json.subarray(found.start, nestedEnd(json, found.start)));
  const { usage } = attempted(() => format.readAnswer(encoder.encode(`{"${found.name}":${object}}`)));
  return usage === undefined ? {} : { usage, ...(finish === undefined ? {} : { finish }) };
}

/** What a format cannot read must not cost the row. */
function attempted(read: () => AnswerFacts): AnswerFacts {
  try {
    return read();
  } catch {
    return {};
  }
}
