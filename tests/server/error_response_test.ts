import assert from "node:assert/strict";

import { ERROR_STATUS, type ErrorCode, type ErrorDetail, GatewayError } from "../../src/core/errors.ts";
import { type LogLine, makeLog } from "../../src/core/log.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { errorResponder } from "../../src/server/error_response.ts";
import { type ArrayExchange, arrayExchange } from "../support/array_exchange.ts";

function respond(thrown: unknown, exchange: ArrayExchange = arrayExchange({ path: "/v1/messages" })) {
  const lines: LogLine[] = [];
  const observer = memoryObserver();
  const responder = errorResponder({
    errorAnswer: ({ method, path }, error) => ({
      body: JSON.stringify({ method, path, ...error }),
      status: error.status,
      requestIdField: "x-request-id",
    }),
    log: makeLog(() => 0, (line) => lines.push(line)),
    observer,
  });
  responder(exchange, thrown, "id-1");
  return { answer: exchange.answer, lines, observer, told: () => JSON.parse(exchange.text()) };
}

const headersOf = (detail: ErrorDetail) =>
  respond(new GatewayError("rate_limited", "Wait.", detail)).answer.headers;

Deno.test("every code is answered with its status in the format of its path", () => {
  // The keys of ERROR_STATUS are the codes.
  for (const code of Object.keys(ERROR_STATUS) as ErrorCode[]) {
    if (code === "client_gone") continue;
    const { answer, told } = respond(new GatewayError(code, "What happened.", { param: "model" }));
    assert.equal(answer.status, ERROR_STATUS[code]);
    assert.equal(answer.headers["x-request-id"], "id-1");
    assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
    assert.equal(answer.ended, true);
    const expected = {
      status: ERROR_STATUS[code],
      code,
      message: "What happened.",
      param: "model",
      requestId: "id-1",
    };
    assert.deepEqual(told(), { method: "POST", path: "/v1/messages", ...expected });
  }
});

Deno.test("anything else that is thrown is 500 without detail, counted and logged with the request's id", () => {
  for (
    const thrown of [new TypeError("at https://10.0.0.1/?key=sk-1"), "text", undefined, null, {
      code: "rate_limited",
    }]
  ) {
    const { answer, told, lines, observer } = respond(thrown);
    assert.equal(answer.status, 500);
    assert.equal(told().code, "internal_error");
    assert.doesNotMatch(told().message, /10\.0\.0\.1|sk-1/);
    assert.equal(lines[0]?.fields["requestId"], "id-1");
    assert.equal(lines[0]?.fields["fault"], thrown);
    assert.equal(observer.read("internal_errors"), 1);
  }
});

Deno.test("a wait is told as whole seconds from 1 to 60 and in milliseconds", () => {
  const told = (retryAfterMs: number) => {
    const headers = headersOf({ retryAfterMs });
    return [headers["retry-after"], headers["retry-after-ms"], headers["x-should-retry"]];
  };
  assert.deepEqual(told(0), ["1", "1", undefined]);
  assert.deepEqual(told(1), ["1", "1", undefined]);
  assert.deepEqual(told(1_000), ["1", "1000", undefined]);
  assert.deepEqual(told(1_000.2), ["2", "1001", undefined]);
  assert.deepEqual(told(60_000), ["60", "60000", undefined]);
});

Deno.test("a longer wait tells the client not to retry, with the true time in the message", () => {
  const cases: [number, string][] = [
    [60_001, "2 minutes"],
    [600_000, "10 minutes"],
    [3 * 3_600_000 + 60_000, "3 h 1 min"],
    [50 * 3_600_000, "2 d 2 h"],
  ];
  for (const [retryAfterMs, spoken] of cases) {
    const { answer, told } = respond(new GatewayError("insufficient_quota", "Spent.", { retryAfterMs }));
    assert.equal(answer.headers["retry-after"], undefined);
    assert.equal(answer.headers["retry-after-ms"], undefined);
    assert.equal(answer.headers["x-should-retry"], "false");
    assert.equal(told().message, `Spent. The wait is ${spoken}.`);
  }
});

Deno.test("shouldRetry false is told, also beside a short wait", () => {
  assert.equal(headersOf({ shouldRetry: false })["x-should-retry"], "false");
  assert.equal(headersOf({ shouldRetry: true })["x-should-retry"], undefined);
  const both = headersOf({ shouldRetry: false, retryAfterMs: 5_000 });
  assert.deepEqual([both["x-should-retry"], both["retry-after"]], ["false", "5"]);
});

Deno.test("a wrong method learns the right ones, and a late body loses its connection", () => {
  assert.match(
    String(respond(new GatewayError("method_not_allowed", "No.")).answer.headers["allow"]),
    /GET, HEAD, POST/,
  );
  assert.equal(respond(new GatewayError("request_timeout", "Late.")).answer.headers["connection"], "close");
});

Deno.test("an answer that has begun is cut, and one that nobody waits for is not written", () => {
  const begun = arrayExchange();
  begun.head(200, {});
  assert.equal(respond(new GatewayError("upstream_truncated", "x"), begun).answer.isCut, true);
  assert.equal(begun.answer.status, 200);
  assert.equal(begun.answer.ended, false);
  const left = arrayExchange();
  left.leave();
  assert.equal(respond(new GatewayError("rate_limited", "x"), left).answer.status, 0);
  assert.equal(respond(new GatewayError("client_gone", "x")).answer.status, 0);
});
