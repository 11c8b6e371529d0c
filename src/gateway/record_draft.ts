import type { Runtime } from "../core/runtime.ts";
import type { Format } from "../formats/format.ts";
import type { Capture } from "../recording/capture.ts";
import type { CapturedBody, RecordDraft, RecordOutcome, SpentFacts } from "../recording/record.ts";
import type { AttemptsResult } from "../upstream/attempts.ts";
import { recordsOf, type RequestContext } from "./request_context.ts";

/** How a request ended. */
export interface RequestEnd {
  readonly status: number;
  readonly outcome: RecordOutcome;
  /** Stable code where the gateway made the answer or ended the stream. */
  readonly error: string | null;
  /** What the attempts came to; undefined when none was made. */
  readonly result: AttemptsResult | undefined;
  /** What went to the client. */
  readonly capture: Capture | undefined;
  /** Bytes that a WebSocket's client and upstream sent once it was open, frames and all. */
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

/** Puts together what the record of a request tells. */
export function recordDraft(
  context: RequestContext,
  end: RequestEnd,
  runtime: Runtime,
): RecordDraft {
  const { exchange, facts, caller } = context;
  const { result } = end;
  const { format } = context;
  return {
    id: context.id,
    startedMs: context.startedMs,
    endedMs: runtime.now(),
    tenant: caller?.tenant.name ?? null,
    format: format.type,
    method: exchange.method,
    path: exchange.path,
    model: facts?.model ?? null,
    status: end.status,
    outcome: end.outcome,
    error: end.error,
    stream: facts?.stream ?? false,
    request: end.sentBytes === undefined ? facts?.captured ?? { kind: "none" } : frames(end.sentBytes),
    response: end.receivedBytes !== undefined
      ? frames(end.receivedBytes)
      : end.capture === undefined
      ? { kind: "none" }
      : answerBody(end.capture, result, format),
    attempts: (result?.records ?? []).map((attempt) => ({
      ...attempt,
      startMs: rounded(attempt.startMs),
      headMs: roundedOrNull(attempt.headMs),
      firstContentMs: roundedOrNull(attempt.firstContentMs),
      endMs: rounded(attempt.endMs),
    })),
    readAnswer: result?.streamed === false ? format.readAnswer : undefined,
    usage: null,
    spent: result && factsLater(context.account),
    timing: {
      totalMs: rounded(runtime.monotonic() - context.startedAtMs),
      firstContentMs: roundedOrNull(result?.firstContentMs),
    },
    decision: result?.why === undefined
      ? null
      : { route: context.route?.name, strategy: context.route?.strategy, ...result.why },
    client: {
      address: context.clientAddress,
      userAgent: context.userAgent,
      clientRequestId: context.clientRequestId,
    },
    bodies: recordsOf(context) === "full" ? "full" : "metadata",
  };
}

/** It must hold the account alone: a record may wait for its turn long after its request. */
function factsLater(account: RequestContext["account"]): () => SpentFacts {
  return () => account.facts();
}

/** One direction of a WebSocket: only its size is kept. */
function frames(sizeBytes: number): CapturedBody {
  return { kind: "opaque", sizeBytes, contentType: undefined, sha256: undefined };
}

function answerBody(
  capture: Capture,
  result: AttemptsResult | undefined,
  { assemble }: Format,
): CapturedBody {
  if (capture.sizeBytes === 0) return { kind: "none" };
  const contentType = result?.contentType;
  const bytes = capture.bytes();
  const readable = bytes !== undefined && (result?.contentEncoding ?? "identity") === "identity";
  if (readable && result?.streamed === true) {
    return { kind: "stream", bytes, whole: result.whole, assemble };
  }
  if (readable && (contentType === undefined || contentType.includes("json"))) return { kind: "json", bytes };
  return { kind: "opaque", sizeBytes: capture.sizeBytes, contentType, sha256: undefined };
}

/** Milliseconds to the microsecond: what a clock tells beyond is noise, and costs ten characters a figure. */
function rounded(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}

function roundedOrNull(durationMs: number | null | undefined): number | null {
  return durationMs === null || durationMs === undefined ? null : rounded(durationMs);
}
