import { Buffer } from "node:buffer";
import type { AnswerFacts } from "../../core/answer.ts";
import type { Steps } from "../../core/time/steps.ts";
import { bodyJson, describedJson } from "./body_json.ts";
import { type CapturedBody, RECORD_VERSION, type RecordDraft, type SpentFacts } from "../record.ts";
import type { Redactor } from "../redact.ts";
import { trainingLine } from "./training_line.ts";
import { utcTime } from "./utc_time.ts";

/** What one request leaves behind; each line ends in a line feed and has no other. */
export interface BuiltLines {
  readonly record: Uint8Array;
  /** The plain line for training, where one was asked for and the request is fit for it. */
  readonly training: Uint8Array | undefined;
  /** True when a streamed answer could not be put together and is kept as the text that went by. */
  readonly unassembled: boolean;
}

/** How lines are built. */
export interface LineOptions {
  readonly redactor: Redactor;
  /** Whether training lines are wanted. */
  readonly training: boolean;
}

/**
 * Builds the lines of one request as bytes. Bodies that are JSON are spliced in as they came, so that no number,
 * spelling or order changes; secrets are taken out before a body is checked, so that taking one out of a place
 * where it was no string can never break the line. The caller lets others run at each `yield`.
 */
export function* buildLines(draft: RecordDraft, options: LineOptions): Steps<BuiltLines> {
  const { redactor } = options;
  const spent = draft.spent?.();
  const answer = yield* readResponse(draft, spent);
  yield;
  const wantBodies = draft.bodies === "full";
  const request = wantBodies ? yield* redactedBody(draft.request, undefined, redactor) : NULL_JSON;
  const response = wantBodies ? yield* redactedBody(draft.response, answer.body, redactor) : NULL_JSON;
  const { head, tail } = metadata(draft, { spent, answer: answer.facts }, redactor);
  const record = joined([head, REQUEST, request, RESPONSE, response, tail, LINE_FEED]);
  const wantTraining = options.training && wantBodies && draft.outcome === "ok" &&
    draft.format === "openai_chat";
  return {
    record,
    training: wantTraining ? trainingLine(draft, request, response) : undefined,
    unassembled: answer.unassembled,
  };
}

const encoder = new TextEncoder();
const NULL_JSON = encoder.encode("null");
const REQUEST = encoder.encode(`,"request":`);
const RESPONSE = encoder.encode(`,"response":`);
const LINE_FEED = encoder.encode("\n");

interface ReadResponse {
  readonly facts: AnswerFacts;
  /** JSON text of a streamed answer put together. */
  readonly body: string | undefined;
  readonly unassembled: boolean;
}

/**
 * Assembles the answer, or reads it where its account tells too little. What a format cannot read must not cost the
 * record, so its errors stay here.
 */
function* readResponse(draft: RecordDraft, spent: SpentFacts | undefined): Steps<ReadResponse> {
  const { response, readAnswer } = draft;
  const isKnown = typeof spent?.servedModel === "string" && spent.usage !== null;
  try {
    if (response.kind === "stream") {
      const assembled = yield* response.assemble(response.bytes);
      return { facts: assembled, body: assembled.body, unassembled: false };
    }
    if (response.kind === "json" && readAnswer !== undefined && !isKnown) {
      return { facts: readAnswer(response.bytes), body: undefined, unassembled: false };
    }
  } catch {
    return { facts: {}, body: undefined, unassembled: response.kind === "stream" };
  }
  return { facts: {}, body: undefined, unassembled: false };
}

function* redactedBody(
  body: CapturedBody,
  assembled: string | undefined,
  redactor: Redactor,
): Steps<Uint8Array> {
  switch (body.kind) {
    case "none":
      return NULL_JSON;
    case "opaque":
      return describedJson(body);
    case "json":
    case "stream": {
      const bytes = redactor.bytes(assembled === undefined ? body.bytes : encoder.encode(assembled));
      yield;
      return yield* bodyJson(bytes);
    }
  }
}

/** What is known of an answer beside its draft. */
interface LineFacts {
  readonly spent: SpentFacts | undefined;
  readonly answer: AnswerFacts;
}

/** The line before and after its bodies; `head` lacks the closing brace and `tail` the opening one. */
function metadata(
  draft: RecordDraft,
  { spent, answer }: LineFacts,
  redactor: Redactor,
): { head: Uint8Array; tail: Uint8Array } {
  const head = fieldBytes({
    v: RECORD_VERSION,
    id: draft.id,
    time: utcTime(draft.endedMs),
    tenant: draft.tenant,
    format: draft.format,
    method: draft.method,
    path: draft.path,
    model: draft.model,
    servedModel: answer.model ?? spent?.servedModel ?? null,
    status: draft.status,
    outcome: draft.outcome,
    error: draft.error,
    stream: draft.stream,
  }, redactor);
  const tail = fieldBytes({
    attempts: draft.attempts.map((attempt, at) => ({ ...attempt, ...spent?.attempts[at] })),
    usage: draft.usage ?? spent?.usage ?? answer.usage ?? null,
    costUsd: spent?.costUsd ?? null,
    timing: { startedAt: utcTime(draft.startedMs), ...draft.timing },
    decision: draft.decision,
    client: draft.client,
  }, redactor);
  tail[0] = COMMA;
  return { head: head.subarray(0, -1), tail };
}

const COMMA = 0x2c;

/** The fields as JSON without a secret. */
function fieldBytes(fields: Record<string, unknown>, redactor: Redactor): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(fields));
  if (redactor.bytes(bytes) === bytes) return bytes;
  // A secret may have quotes or commas of its own: taken out of one string after the other, it cannot break the line.
  return Buffer.from(
    JSON.stringify(fields, (_name, value) => typeof value === "string" ? redactor.text(value) : value),
  );
}

/** Its memory is of the platform's pool where it is small: an allocation of its own costs more than the copy. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  let sizeBytes = 0;
  for (const piece of pieces) sizeBytes += piece.length;
  const line = Buffer.allocUnsafe(sizeBytes);
  let at = 0;
  for (const piece of pieces) {
    line.set(piece, at);
    at += piece.length;
  }
  return line;
}
