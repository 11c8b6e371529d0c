import type { Observer } from "../../core/observe.ts";
import type { RequestEnd } from "../record_draft.ts";
import { operationName, providerName } from "./convention_words.ts";
import { modelLabel } from "./known_models.ts";
import type { MeasuredRequest } from "./measured_request.ts";

/** Stands for a tenant or pool that there is none of. */
const NONE = "none";

/** Status of an open WebSocket: its session may last for hours, and is no answer's duration. */
const SWITCHED = 101;

/**
 * Measures a request that is over: how it ended and how long it and its attempts took. Labels are names of the
 * config and closed words; nothing a client chose gets into them.
 */
export function measureRequest(
  observer: Observer,
  request: MeasuredRequest,
  end: RequestEnd,
  nowMs: number,
): void {
  const { generation, format, facts, caller, startedAtMs } = request;
  const { result, outcome, status } = end;
  const served = result?.candidate;
  const pool = served?.endpoint.pool ?? result?.records.at(-1)?.pool ?? NONE;
  observer.count("requests", {
    tenant: caller?.tenant.name ?? NONE,
    format: format.type,
    pool,
    outcome,
    status: statusClass(status),
  });
  const operation = operationName(format.type);
  const { endpoints } = generation;
  for (const attempt of result?.records ?? []) {
    const { outcome: { class: kind }, endMs } = attempt;
    observer.count("attempts", { pool: attempt.pool, outcome: kind });
    if (status === SWITCHED) continue;
    observer.observe("attempt_duration_seconds", endMs / 1_000, {
      ["gen_ai_operation_name"]: operation,
      ["gen_ai_provider_name"]: providerName(endpoints.get(attempt.endpoint)?.provider),
      ["gen_ai_request_model"]: modelLabel(generation, attempt.model),
      pool: attempt.pool,
      ["error_type"]: kind === "ok" ? "" : kind,
    });
  }
  if (status === SWITCHED) return;
  const labels = {
    ["gen_ai_operation_name"]: operation,
    ["gen_ai_provider_name"]: providerName(served?.endpoint.provider),
    ["gen_ai_request_model"]: modelLabel(generation, facts?.model),
    pool,
    ["error_type"]: outcome === "ok" ? "" : end.error ?? outcome,
  };
  observer.observe("request_duration_seconds", (nowMs - startedAtMs) / 1_000, labels);
  const firstContentMs = result?.firstContentMs ?? null;
  if (outcome === "ok" && result?.streamed === true && firstContentMs !== null) {
    observer.observe("first_content_seconds", firstContentMs / 1_000, labels);
  }
}

const STATUS_CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

function statusClass(status: number): string {
  return STATUS_CLASSES[Math.floor(status / 100)] ?? "none";
}
