import assert from "node:assert/strict";
import { requestHeaders, responseHeaders, upstreamRequestId } from "../../src/upstream/headers.ts";

const CREDENTIALS = {
  "authorization": "Bearer sk-tg-1",
  "x-api-key": "k",
  "api-key": "k",
  "x-goog-api-key": "k",
  "cookie": "a=b",
  "proxy-authorization": "Basic k",
};

const NEVER_SENT = {
  ...CREDENTIALS,
  "connection": "keep-alive, x-private",
  "x-private": "1",
  "keep-alive": "timeout=5",
  "transfer-encoding": "chunked",
  "te": "trailers",
  "trailer": "x-t",
  "upgrade": "websocket",
  "expect": "100-continue",
  "host": "gateway",
  "content-length": "3",
  "accept-encoding": "gzip, br",
  "x-forwarded-for": "10.0.0.1",
  "x-forwarded-host": "h",
  "x-real-ip": "10.0.0.1",
  "forwarded": "for=10.0.0.1",
  "via": "1.1 p",
  "cf-connecting-ip": "10.0.0.1",
  "x-tidegate-pool": "p",
  "openai-organization": "org-1",
  "openai-project": "proj-1",
};

const SENT = {
  "accept": "text/event-stream",
  "content-type": "application/json",
  "user-agent": "OpenAI/JS 7",
  "idempotency-key": "i",
  "openai-beta": "assistants=v2",
  "anthropic-version": "2026-10-21",
  "x-stainless-lang": "js",
  "x-claude-code-session-id": "s",
};

Deno.test("an API gets the fields it may need and no credential, address or connection field", () => {
  assert.deepEqual(requestHeaders({ ...NEVER_SENT, ...SENT, "referer": "https://app" }, "api"), SENT);
});

Deno.test("a transparent proxy passes unknown request fields too, and withholds the same", () => {
  const unknown = { "referer": "https://app", "traceparent": "00-1" };
  assert.deepEqual(requestHeaders({ ...NEVER_SENT, ...SENT, ...unknown }, "proxy"), { ...SENT, ...unknown });
});

const NEVER_RETURNED = {
  "set-cookie": ["a=b", "c=d"],
  "connection": "x-mine",
  "x-mine": "1",
  "transfer-encoding": "chunked",
  "content-length": "5",
  "openai-organization": "org-1",
  "x-ratelimit-remaining-requests": "1",
  "server": "cloudflare",
  "cf-ray": "1",
  "alt-svc": "h3",
  "strict-transport-security": "max-age=1",
  "access-control-allow-origin": "*",
  "location": "https://vendor",
  "www-authenticate": "Bearer",
  "x-tidegate-upstream": "forged",
  "via": "1.1 v",
};

const RETURNED = {
  "content-type": "application/json",
  "content-disposition": "attachment",
  "content-encoding": "gzip",
  "cache-control": "no-cache",
  "etag": '"1"',
  "openai-processing-ms": "5",
  "openai-version": "2020-10-01",
  "x-custom": "kept",
};

Deno.test("a client gets the answer's own fields and nothing of the vendor's account, limits or edge", () => {
  assert.deepEqual(responseHeaders({ ...NEVER_RETURNED, ...RETURNED, "odd": "1" }, "api"), RETURNED);
});

Deno.test("a transparent proxy returns unknown fields and the wait it was told", () => {
  const unknown = { "odd": "1", "retry-after": "3" };
  const fields = { ...NEVER_RETURNED, ...RETURNED, ...unknown };
  assert.deepEqual(responseHeaders(fields, "proxy"), { ...RETURNED, ...unknown });
});

Deno.test("answers are not for caches unless they say so, and the upstream's request id gets a name of its own", () => {
  const fields = { "x-request-id": "req_1", "request-id": "other" };
  assert.deepEqual(responseHeaders(fields, "api"), {
    "cache-control": "no-store",
    "x-upstream-request-id": "req_1",
  });
  assert.equal(upstreamRequestId({ "apim-request-id": "a-1" }), "a-1");
  assert.equal(upstreamRequestId({ "x-request-id": "a b" }), undefined);
});

for (const value of ["a\r\nx-evil: 1", "a\nb", "a\0b", "snow ☃"]) {
  Deno.test(`a field with the value ${JSON.stringify(value)} is left out both ways`, () => {
    assert.deepEqual(requestHeaders({ "x-a": value, "x-b": ["fine", value] }, "proxy"), {});
    assert.deepEqual(responseHeaders({ "x-a": value }, "proxy"), { "cache-control": "no-store" });
  });
}

Deno.test("names that are no field names are left out, `__proto__` among them", () => {
  const fields = Object.fromEntries([["__proto__", "x"], ["x a", "y"], ["x-ok", "z"]]);
  const passed = requestHeaders(fields, "proxy");
  assert.deepEqual(Object.entries(passed), [["x-ok", "z"]]);
  assert.equal(Object.getPrototypeOf(passed), Object.prototype);
});
