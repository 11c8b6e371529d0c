import type { Endpoint } from "../../balancing/endpoint.ts";
import type { Usage } from "../../core/answer.ts";
import type { Observer } from "../../core/observe.ts";
import { operationName, providerName } from "./convention_words.ts";
import { modelLabel } from "./known_models.ts";
import type { MeasuredRequest } from "./measured_request.ts";

/** Kinds of the counter `tokens`, and the member of {@link Usage} that tells each. */
const KINDS = [
  ["input", "inputTokens"],
  ["cached_input", "cachedInputTokens"],
  ["cache_write", "cacheWriteTokens"],
  ["output", "outputTokens"],
  ["reasoning", "reasoningTokens"],
] as const satisfies readonly (readonly [string, keyof Usage])[];

/**
 * Counts what the vendor says an answer of `endpoint` cost, in tokens by kind; `input` beside `cached_input` tells what
 * affinity is worth. `costNanos`: its price in billionths of a US dollar; undefined: unknown.
 */
export function measureUsage(
  usage: Usage,
  observer: Observer,
  request: MeasuredRequest,
  { endpoint, costNanos }: { readonly endpoint: Endpoint; readonly costNanos: number | undefined },
): void {
  const { pool } = endpoint;
  const model = modelLabel(request.generation, request.facts?.model);
  const tenant = request.caller?.tenant.name ?? "none";
  for (const [kind, member] of KINDS) {
    const tokens = usage[member];
    if (tokens !== undefined) observer.count("tokens", { tenant, pool, model, kind }, tokens);
  }
  if (costNanos !== undefined) observer.count("cost_usd", { tenant, pool, model }, costNanos / 1e9);
  const labels = {
    ["gen_ai_operation_name"]: operationName(request.format.type),
    ["gen_ai_provider_name"]: providerName(endpoint.provider),
    ["gen_ai_request_model"]: model,
    pool,
  };
  observer.observe("token_usage", usage.inputTokens, { ...labels, ["gen_ai_token_type"]: "input" });
  observer.observe("token_usage", usage.outputTokens, { ...labels, ["gen_ai_token_type"]: "output" });
}
