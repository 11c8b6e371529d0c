import type { RequestEnd } from "../../../src/gateway/record_draft.ts";
import assert from "node:assert/strict";
import { measureRequest } from "../../../src/gateway/measuring/request_measures.ts";
import { measureUsage } from "../../../src/gateway/measuring/usage_measures.ts";
import { CATALOGUE } from "../../../src/server/metrics/catalogue.ts";
import { MetricBook } from "../../../src/server/metrics/metric_book.ts";
import { prometheusText } from "../../../src/server/metrics/prometheus_text.ts";
import { endedRequest } from "../../support/ended_request.ts";
import { readPrometheus, valueOf } from "../../support/metrics/read_prometheus.ts";

const CALL = {
  ["gen_ai_operation_name"]: "chat",
  ["gen_ai_provider_name"]: "openai",
  ["gen_ai_request_model"]: "gpt-4o",
  pool: "a",
};

const ENDED = endedRequest();

function bench() {
  const book = new MetricBook(CATALOGUE);
  const value = (name: string, labels?: Readonly<Record<string, string>>) =>
    valueOf(readPrometheus([...prometheusText(book.families())].join("")), name, labels);
  return { book, value };
}

Deno.test("a request is told with its tenant, format, pool and end, and timed by operation, provider and model", () => {
  const { book, value } = bench();
  const { request, end } = endedRequest();
  measureRequest(book, request, end, 1_500);
  const labels = { tenant: "web", format: "openai_chat", pool: "a", outcome: "ok", status: "2xx" };
  assert.equal(value("tidegate_requests_total", labels), 1);
  assert.equal(value("tidegate_attempts_total", { pool: "a", outcome: "ok" }), 1);
  assert.equal(value("gen_ai_server_request_duration_seconds_sum", CALL), 0.5);
  assert.equal(value("gen_ai_server_time_to_first_token_seconds_sum", CALL), 0.121);
  assert.equal(value("gen_ai_client_operation_duration_seconds_sum", CALL), 0.499);
});

Deno.test("what did not end well has its error, and no first content", () => {
  const { book, value } = bench();
  const { request, end } = endedRequest({ outcome: "truncated", errorCode: "upstream_truncated" });
  measureRequest(book, request, end, 2_000);
  const labels = { ...CALL, ["error_type"]: "upstream_truncated" };
  assert.equal(value("gen_ai_server_request_duration_seconds_count", labels), 1);
  assert.equal(value("gen_ai_server_time_to_first_token_seconds_count", CALL), undefined);
});

Deno.test("a request that came to no upstream has neither pool nor provider, and a stranger no tenant", () => {
  const { book, value } = bench();
  const { request } = endedRequest();
  const refused = { status: 401, outcome: "rejected", error: "invalid_api_key", result: undefined } as const;
  measureRequest(book, { ...request, caller: undefined, facts: undefined }, {
    ...refused,
    capture: undefined,
  }, 1_001);
  const labels = { tenant: "none", format: "openai_chat", pool: "none", outcome: "rejected", status: "4xx" };
  assert.equal(value("tidegate_requests_total", labels), 1);
  const call = { ...CALL, ["gen_ai_provider_name"]: "none", ["gen_ai_request_model"]: "none", pool: "none" };
  const name = "gen_ai_server_request_duration_seconds_count";
  assert.equal(value(name, { ...call, ["error_type"]: "invalid_api_key" }), 1);
});

function answeredBy(end: RequestEnd) {
  const endpoint = end.result?.candidate?.endpoint;
  assert.ok(endpoint !== undefined);
  return { endpoint, costNanos: 1_000 };
}

Deno.test("a model that neither the config nor an upstream names is other", () => {
  const { book, value } = bench();
  for (const model of ["gpt-4o-mini", "llama-3", "sk-secret-in-the-wrong-place", "__proto__", "llama-*"]) {
    const { request, end } = endedRequest({ model });
    measureRequest(book, request, end, 1_500);
  }
  const count = (model: string) =>
    value("gen_ai_client_operation_duration_seconds_count", { ...CALL, ["gen_ai_request_model"]: model });
  assert.equal(count("gpt-4o-mini"), 1);
  assert.equal(count("other"), 4);
});

Deno.test("ten thousand invented models make no series of their own", () => {
  const { book } = bench();
  for (let at = 0; at < 10_000; at++) {
    const { request, end } = { ...ENDED, request: { ...ENDED.request, facts: { model: `invented-${at}` } } };
    measureRequest(book, request, end, 1_500);
    measureUsage({ inputTokens: 1, outputTokens: 1 }, book, request, answeredBy(end));
  }
  const text = [...prometheusText(book.families())].join("");
  assert.doesNotMatch(text, /invented/);
  assert.ok(text.split("\n").length < 500, String(text.split("\n").length));
  assert.equal(book.read("tokens", { model: "other", kind: "input" }), 10_000);
});

Deno.test("a WebSocket's session is counted and not timed", () => {
  const { book, value } = bench();
  const { request, end } = endedRequest({ status: 101 });
  measureRequest(book, request, end, 3_600_000);
  assert.equal(book.read("requests", { status: "1xx" }), 1);
  assert.equal(value("gen_ai_server_request_duration_seconds_count", CALL), undefined);
});

Deno.test("tokens are counted by kind, parts beside their totals, and answers by size", () => {
  const { book, value } = bench();
  const { request, end } = endedRequest();
  const usage = { inputTokens: 100, cachedInputTokens: 60, outputTokens: 20, reasoningTokens: 5 };
  measureUsage(usage, book, request, answeredBy(end));
  for (const [kind, tokens] of Object.entries({ input: 100, "cached_input": 60, output: 20, reasoning: 5 })) {
    assert.equal(value("tidegate_tokens_total", { tenant: "web", pool: "a", model: "gpt-4o", kind }), tokens);
  }
  assert.equal(book.read("tokens", { kind: "cache_write" }), 0);
  assert.equal(value("gen_ai_client_token_usage_sum", { ...CALL, ["gen_ai_token_type"]: "output" }), 20);
});
