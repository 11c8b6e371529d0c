import type { AnswerFacts, AssembledAnswer, Provenance, Usage } from "../core/answer.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Steps } from "../core/time/steps.ts";

/** Version of the line's shape; grows when a reader of the old one would be misled. */
export const RECORD_VERSION = 1;

/** How a request ended, in one word; every request ends in exactly one. */
export type RecordOutcome = "ok" | "client_gone" | "truncated" | "upstream_error" | "rejected";

/** A body as it was captured; turned into JSON by the recorder, off the request path. */
export type CapturedBody =
  | { readonly kind: "none" }
  /** Bytes that should be JSON: spliced in untouched when they are, else stored as a string. */
  | { readonly kind: "json"; readonly bytes: Uint8Array }
  /** A streamed answer as it went by; `assemble` makes the format's own object of it. `whole` is false when it was cut. */
  | {
    readonly kind: "stream";
    readonly bytes: Uint8Array;
    readonly whole: boolean;
    readonly assemble: (bytes: Uint8Array) => Steps<AssembledAnswer>;
  }
  /** Binary, multipart, oversized or unbudgeted: only its description is kept. */
  | {
    readonly kind: "opaque";
    readonly sizeBytes: number;
    readonly contentType: string | undefined;
    readonly sha256: string | undefined;
  };

/** One attempt, as recorded. */
export interface AttemptRecord {
  /** 1 for the first. */
  readonly number: number;
  readonly endpoint: string;
  readonly pool: string;
  readonly upstream: string;
  /** 6-character fingerprint of the key; null without one. */
  readonly key: string | null;
  readonly model: string | null;
  readonly outcome: Outcome;
  /** Milliseconds from the request's start to the attempt's. */
  readonly startMs: number;
  /** Milliseconds from the attempt's start; null when it never came so far. */
  readonly headMs: number | null;
  readonly firstContentMs: number | null;
  readonly endMs: number;
}

/** What a request and its attempts cost, as far as is known when its line is built. */
export interface SpentFacts {
  /** Of the answer that the client got; null where its vendor told nothing. */
  readonly usage: Usage | null;
  /** The model that the vendor of that answer says it used; null where it says nothing. */
  readonly servedModel: string | null;
  /** US dollars of all attempts together; null where a price is not known. */
  readonly costUsd: number | null;
  /** In the order of the attempts. */
  readonly attempts: readonly {
    readonly usage: Usage;
    readonly provenance: Provenance;
    readonly costUsd: number | null;
  }[];
}

/** All that one line tells, in memory. Made when a request ends; never holds a credential. */
export interface RecordDraft {
  readonly id: string;
  /** Wall clock at the request's start. */
  readonly startedMs: number;
  /** Wall clock at its end: decides the hour's file. */
  readonly endedMs: number;
  readonly tenant: string | null;
  readonly format: string;
  readonly method: string;
  readonly path: string;
  readonly model: string | null;
  /** Status the client saw; 499 when it left before one was sent. */
  readonly status: number;
  readonly outcome: RecordOutcome;
  /** Stable error code where the gateway made the answer or ended the stream. */
  readonly error: string | null;
  readonly stream: boolean;
  readonly request: CapturedBody;
  readonly response: CapturedBody;
  readonly attempts: readonly AttemptRecord[];
  /** Read from a non-streamed answer by the request path's format; a streamed one tells when it is assembled. */
  readonly readAnswer: ((bytes: Uint8Array) => AnswerFacts) | undefined;
  readonly usage: Usage | null;
  /** What it cost; asked when the line is built. */
  readonly spent?: (() => SpentFacts) | undefined;
  readonly timing: { readonly totalMs: number; readonly firstContentMs: number | null };
  /** Short form of why the endpoint was chosen. */
  readonly decision: Readonly<Record<string, unknown>> | null;
  readonly client: {
    readonly address: string;
    readonly userAgent: string | null;
    readonly clientRequestId: string | null;
  };
  /** Bodies wanted: `full`, or `metadata` for none. */
  readonly bodies: "full" | "metadata";
}
