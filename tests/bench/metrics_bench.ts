/**
 * What measuring costs a request, beside the few maps' looks of one counter, and what a scrape of many series costs.
 * @module
 */

import { measureRequest } from "../../src/gateway/measuring/request_measures.ts";
import { CATALOGUE } from "../../src/server/metrics/catalogue.ts";
import { MetricBook } from "../../src/server/metrics/metric_book.ts";
import { prometheusText } from "../../src/server/metrics/prometheus_text.ts";
import { endedRequest } from "../support/ended_request.ts";

const book = new MetricBook(CATALOGUE);
const { request, end } = endedRequest();

Deno.bench("one counter of five labels", { group: "metrics", baseline: true }, () => {
  book.count("requests", {
    tenant: "web",
    format: "openai_chat",
    pool: "openai",
    outcome: "ok",
    status: "2xx",
  });
});

Deno.bench("all of a request with one attempt", { group: "metrics" }, () => {
  measureRequest(book, request, end, 1_500);
});

const full = new MetricBook(CATALOGUE);
for (let at = 0; at < 2_000; at++) {
  full.count("requests", {
    tenant: `t${at}`,
    format: "openai_chat",
    pool: "openai",
    outcome: "ok",
    status: "2xx",
  });
  full.observe("request_duration_seconds", at / 1_000, {
    ["gen_ai_request_model"]: `m${at}`,
    pool: "openai",
  });
}

Deno.bench("a scrape of 2,000 counters and 500 histograms", { group: "scrape" }, () => {
  let sizeCharacters = 0;
  for (const piece of prometheusText(full.families())) sizeCharacters += piece.length;
  if (sizeCharacters < 100_000) throw new Error("There is too little of it");
});
