import type { AnswerFacts, AssembledAnswer } from "../core/answer.ts";
import type { Steps } from "../core/time/steps.ts";
import type { Registered } from "../core/registry.ts";
import type { ChatSide, EmbeddingsSide, TokenCountSide } from "./translation/translation.ts";

/** Bits that {@link StreamReader.push} adds up; several may be set by one chunk. */
export const STREAM_SIGNS = {
  /** Something the user would call an answer: text, reasoning, a tool call, a refusal, an image. Commits the stream. */
  content: 1,
  /** The format's own end: from here on the answer is whole. */
  end: 2,
  /** An error event inside the stream; its bytes are in {@link StreamReader.errorData}. */
  error: 4,
  /** An event that is not what the format allows (broken JSON), or too large to be looked at. Noted, never fatal. */
  malformed: 8,
} as const;

/**
 * Watches one streamed answer (`text/event-stream`) pass by. It looks at bytes once, copies as little as it can,
 * holds no event larger than `MAX_EVENT_BYTES` of `core/bytes/sse.ts`, and never changes or delays what it sees.
 */
export interface StreamReader {
  /** Looks at the next bytes (split anywhere, also inside a character) and returns the sum of {@link STREAM_SIGNS} seen in them. */
  push(chunk: Uint8Array): number;
  /** Whether an end mark has been seen. To be asked at the end of the bytes; formats that allow several ways to end know them here. */
  readonly ended: boolean;
  /** Whether content has been seen. */
  readonly hasContent: boolean;
  /** The data of the first error event, when there was one, as JSON with an `error` member where the format lets us; at most 64 KiB. */
  readonly errorData: Uint8Array | undefined;
  /** Whether the bytes so far end between two events: only here may a keep-alive be put in. */
  readonly betweenEvents: boolean;
}

/** An error on its way to a client. */
export interface ClientError {
  readonly status: number;
  /** Stable code of `core/errors.ts`, or the upstream's own where it is passed on. */
  readonly code: string;
  readonly message: string;
  readonly param?: string | undefined;
  readonly requestId: string;
}

/** Which top-level members of a JSON request make up the prompt, as a vendor's prompt cache keeps it: by its beginning. */
export interface PromptShape {
  /** What stands before the conversation for the model, in its order. */
  readonly preamble: readonly string[];
  /** The array whose elements are the turns of the conversation. */
  readonly turns: string;
  /** Member, at any depth, of answers and later turns whose opaque text only the account that wrote it can read. */
  readonly sealed?: string;
}

/** For formats whose model stands in the path: `/v1beta/models/{model}:generateContent`. */
export interface PathModel {
  /** The model in the path, percent-decoded, and whether its verb asks for a stream; undefined where there is none. */
  read(path: string): { readonly model: string; readonly stream: boolean } | undefined;
  /** The path with another model in it, percent-encoded where it must be. */
  write(path: string, model: string): string;
}

/** A wire format: what the bytes of one vendor family mean, in both directions. Pure; no I/O. */
export interface Format extends Registered {
  /** The literal name in config, records and logs; equal to the file's name. */
  readonly type: string;
  /**
   * Front paths it serves, as `METHOD /path` (`*` for any method) with `{name}` for one segment and a final `*` for
   * any rest; `*:verb` is any rest that ends in `:verb`. Of several that match, those with a verb go first, then
   * whole paths before open-ended ones, and longer before shorter.
   */
  readonly paths: readonly string[];
  /** `inference` needs no grant; `account` paths read or change the account behind a key. Decided per path where a function. */
  readonly grant: "inference" | "account" | ((method: string, path: string) => "inference" | "account");
  /** Where its requests hold a conversation; absent: they hold none. */
  readonly prompt?: PromptShape;
  /** Where the model stands in the path; absent: it stands in the body. */
  readonly pathModel?: PathModel;
  /** Its translation to and from the hub of chat, of embeddings, of token counts; absent: it has none. */
  readonly chat?: ChatSide;
  readonly embeddings?: EmbeddingsSide;
  readonly tokenCount?: TokenCountSide;
  /** Which of its inference paths are what the hub speaks of; absent: all of them. */
  readonly translates?: (path: string) => boolean;
  /** The status its SDKs expect for an error of the gateway's; absent: the error's own. */
  readonly errorStatus?: (error: ClientError) => number;
  /** A streamed answer is a JSON array unless the query asks for events (Gemini's `alt=sse`). */
  readonly streamsArrays?: boolean;
  /** Starts watching one streamed answer. */
  streamReader(): StreamReader;
  /** Reads a whole non-streamed answer; lenient: what is missing or odd is left out. */
  readAnswer(body: Uint8Array): AnswerFacts;
  /** Puts the bytes of a streamed answer together, also when they were cut; lenient. Long streams take long: others may run at each `yield`. */
  assemble(stream: Uint8Array): Steps<AssembledAnswer>;
  /** The format's error envelope as JSON text. */
  errorBody(error: ClientError): string;
  /**
   * The same inside a stream: bytes that the format's SDKs raise as an error, with no end mark after them. They may
   * follow anything, also an unfinished line.
   */
  errorEvent(error: ClientError): Uint8Array;
  /** Bytes that keep a waiting connection alive and that no client of the format takes for an event. */
  readonly keepAlive: Uint8Array;
}

/** Declares a format; exists so that the declaration is checked where it stands. */
export function defineFormat<const T extends Format>(format: T): T {
  return format;
}
