import type { Log } from "../core/log.ts";
import type { RequestEnd } from "./record_draft.ts";
import type { RequestContext } from "./request_context.ts";

/** Logs how a request ended at `nowMs` (monotonic): what went well at `debug`, all else at `info`. */
export function logAccess(log: Log, context: RequestContext, end: RequestEnd, nowMs: number): void {
  const say = end.outcome === "ok" ? log.debug : log.info;
  say(`${context.exchange.method} ${context.exchange.path}`, {
    requestId: context.id,
    status: end.status,
    outcome: end.outcome,
    error: end.error ?? undefined,
    tenant: context.caller?.tenant.name,
    model: context.facts?.model,
    endpoint: end.result?.candidate?.endpoint.id,
    attempts: end.result?.records.length,
    totalMs: Math.round(nowMs - context.startedAtMs),
    client: context.clientAddress,
  });
}
