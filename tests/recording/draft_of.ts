import type { CapturedBody, RecordDraft } from "../../src/recording/record.ts";

/** 2026-01-01T00:00:00Z: the wall clock of a fresh fake runtime. */
export const START_MS = 1_767_225_600_000;

/** Captured JSON of a text. */
export function jsonBody(text: string): CapturedBody {
  return { kind: "json", bytes: new TextEncoder().encode(text) };
}

/** A plain chat that went well, with the given parts instead. */
export function draftOf(parts: Partial<RecordDraft> = {}): RecordDraft {
  return {
    id: "019b76da-a800-7000-8000-000000000001",
    startedMs: START_MS - 1500,
    endedMs: START_MS,
    tenant: "web",
    format: "openai_chat",
    method: "POST",
    path: "/v1/chat/completions",
    model: "auto",
    status: 200,
    outcome: "ok",
    error: null,
    stream: false,
    request: jsonBody(`{"model":"auto","messages":[{"role":"user","content":"hi"}]}`),
    response: jsonBody(`{"choices":[{"message":{"role":"assistant","content":"hello"}}]}`),
    attempts: [],
    readAnswer: undefined,
    usage: null,
    timing: { totalMs: 1500, firstContentMs: 300 },
    decision: null,
    client: { address: "127.0.0.1", userAgent: null, clientRequestId: null },
    bodies: "full",
    ...parts,
  };
}
