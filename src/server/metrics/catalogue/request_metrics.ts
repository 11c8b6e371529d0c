import { counter, gauge, histogram, type Metric } from "../metric.ts";

/**
 * Upper bounds for durations of model calls, in seconds: from an answer out of a cache to the five minutes after which
 * default deadlines end a silence. The conventions' own begin at 10 ms and end at 82 s.
 */
const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300];

/** Upper bounds of `gen_ai.client.token.usage`, as the conventions give them. */
const TOKENS = Array.from({ length: 14 }, (_, power) => 4 ** power);

/** What requests, their attempts and their answers come to. */
export const REQUEST_METRICS: readonly Metric[] = [
  counter(
    "requests",
    ["tenant", "format", "pool", "outcome", "status"],
    "Requests that ended, by how they ended (ok, client_gone, truncated, upstream_error, rejected) and the class of their status; pool is the one that answered, else the one asked last.",
  ),
  gauge("requests_in_flight", [], "Requests under way, open WebSockets included."),
  gauge("requests_waiting", [], "Requests that wait for endpoints which were told to rest."),
  gauge("requests_queued", [], "Requests that wait in their tenants' queues until limits have room."),
  histogram(
    "request_duration_seconds",
    ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "pool", "error_type"],
    "From a request's arrival to its answer's last byte, without WebSockets; error_type is set where it did not end well.",
    { buckets: CALL_SECONDS, convention: "gen_ai.server.request.duration" },
  ),
  histogram(
    "first_content_seconds",
    ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "pool"],
    "From a request's arrival to the first content of its streamed answer, failed attempts and waiting included.",
    { buckets: CALL_SECONDS, convention: "gen_ai.server.time_to_first_token" },
  ),
  counter("errors_told", ["code"], "Errors that the gateway itself told clients, by their stable code."),
  counter(
    "attempts",
    ["pool", "outcome"],
    "Calls of upstreams that ended, by their outcome's class (ok, rate_limited, broken and so on).",
  ),
  histogram(
    "attempt_duration_seconds",
    ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "pool", "error_type"],
    "How long a call of an upstream took, to its last byte; error_type is its outcome's class where that is not ok.",
    { buckets: CALL_SECONDS, convention: "gen_ai.client.operation.duration" },
  ),
  counter(
    "retries_over_budget",
    ["pool"],
    "Retries that were not made because the pool's retry budget was spent.",
  ),
  counter("waits", ["pool", "end"], "Waits for endpoints which were told to rest, by how they ended."),
  counter(
    "affinity",
    ["pool", "result"],
    "Requests that belong with others: kept on their endpoint, crowded off it, moved because it could not serve, or new.",
  ),
  counter(
    "tokens",
    ["tenant", "pool", "model", "kind"],
    "Tokens that vendors reported: input (with cached_input and cache_write in it) and output (with reasoning in it).",
  ),
  histogram(
    "token_usage",
    ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "pool", "gen_ai_token_type"],
    "Tokens of one answer, input and output apart.",
    { buckets: TOKENS, convention: "gen_ai.client.token.usage" },
  ),
  counter(
    "cost_usd",
    ["tenant", "pool", "model"],
    "What answers cost, in US dollars, where a price is known.",
  ),
  counter(
    "translations",
    ["from", "to"],
    "Requests that were translated into another wire format, once for each attempt.",
  ),
  counter(
    "translation_losses",
    ["from", "to"],
    "Members of requests that a translation left out; x-tidegate-dropped names them to the client.",
  ),
];
