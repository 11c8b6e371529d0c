import type { Buffer } from "node:buffer";
import type { HeaderFields } from "../../core/exchange.ts";
import type { FileShelf } from "./file_shelf.ts";

/** One request, read whole, and what an answer may ask of the vendor. */
export interface SimulatedRequest {
  readonly method: string;
  /** Path from the version on, without query: `/v1/chat/completions`. */
  readonly path: string;
  /** Query without its `?`. */
  readonly query: string;
  readonly headers: HeaderFields;
  readonly body: Buffer;
  /** Who asks: the credential as sent; what one account stores another does not see. */
  readonly account: string;
  /** The vendor's name, told in answers. */
  readonly vendor: string;
  /** Wall clock in whole seconds, as OpenAI's `created`. */
  readonly createdSeconds: number;
  /** A fresh id of 32 hexadecimal digits behind `prefix`. */
  readonly newId: (prefix: string) => string;
  readonly files: FileShelf;
}

/** One server-sent event, ready to be written, and how many tokens it is paced as. */
export interface PacedEvent {
  readonly text: string;
  readonly tokens: number;
}

/** What goes back. */
export type SimulatedAnswer =
  | {
    readonly kind: "whole";
    readonly contentType: string;
    readonly body: string | Uint8Array;
    readonly tokens: number;
  }
  /** Bytes that are sent piece by piece, each paced as one token. */
  | { readonly kind: "pieces"; readonly contentType: string; readonly pieces: readonly Uint8Array[] }
  /** Server-sent events, made as they are taken; iterated once. */
  | { readonly kind: "events"; readonly events: Iterable<PacedEvent> };

/** Makes the answer to one request; throws `VendorRefusal` for a request that OpenAI would refuse. */
export type AnswerRequest = (request: SimulatedRequest) => SimulatedAnswer;

/** A JSON answer; `tokens` is how much of the vendor's pace it takes. */
export function jsonAnswer(value: unknown, tokens = 0): SimulatedAnswer {
  return { kind: "whole", contentType: "application/json", body: JSON.stringify(value), tokens };
}

/** One `data:` event without a name. */
export function dataEvent(json: string, tokens = 0): PacedEvent {
  return { text: `data: ${json}\n\n`, tokens };
}
