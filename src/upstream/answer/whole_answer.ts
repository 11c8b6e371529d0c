import { atOnce } from "../../core/time/steps.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import { isEventStream } from "./answer_check.ts";
import type { HeldBytes } from "./held_bytes.ts";
import { MAX_COMPLETE_BYTES } from "./hold_allowance.ts";
import type { RelayOptions } from "./relay_options.ts";
import { StreamWatch } from "./stream_watch.ts";

/** Most bytes of a non-streamed answer held back to be checked whole; a larger one passes as it comes. */
export const MAX_HELD_ANSWER_BYTES = 4 * 1024 * 1024;

/** The same for an answer that has to be translated, which cannot pass as it comes. */
export const MAX_TRANSLATED_BYTES = 64 * 1024 * 1024;

/** How an answer that is not streamed is read. */
export type WholeReading = Pick<RelayOptions, "format" | "translation" | "rules" | "key">;

/** Whether an answer that is not streamed may be held on, of which `chunk` came last. */
export function mayHold(
  chunk: Uint8Array,
  { translation, commit, allowance }: Pick<RelayOptions, "translation" | "commit" | "allowance">,
): boolean {
  const shortestBytes = translation === undefined ? MAX_HELD_ANSWER_BYTES : MAX_TRANSLATED_BYTES;
  return allowance.take(chunk.length, commit === "complete" ? MAX_COMPLETE_BYTES : shortestBytes);
}

/**
 * The answer's body; of a stream that nobody asked for and that has to be translated, the whole object it stands for,
 * or what is wrong with the stream: one that broke off stands for nothing.
 */
export function wholeBody(
  held: HeldBytes,
  headers: HeaderFields,
  { format, translation, rules, key }: WholeReading,
): Uint8Array | Outcome {
  const body = held.join();
  if (translation === undefined || format === undefined || !isEventStream(headers)) return body;
  const stream = new StreamWatch(format.streamReader(), rules, key, undefined, false);
  const error = stream.push(body) ?? stream.told;
  if (error !== undefined) return error;
  if (!stream.hasContent) return { class: "broken", reason: "empty_answer" };
  if (!stream.ended) return { class: "broken", reason: "truncated" };
  return new TextEncoder().encode(atOnce(format.assemble(body)).body);
}
