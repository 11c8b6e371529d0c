import assert from "node:assert/strict";

import { GatewayError } from "../../../src/core/errors.ts";
import type { HeaderFields } from "../../../src/core/exchange.ts";
import { guardRequest } from "../../../src/server/listener/request_guard.ts";

const HOST = { host: "gate.example:4283" };

function refusalOf(method: string, target: string, headers: HeaderFields = HOST): GatewayError {
  try {
    guardRequest(method, target, headers);
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    return error;
  }
  throw new assert.AssertionError({ message: `${method} ${target} was let through` });
}

Deno.test("plain targets pass with path and query apart and untouched", () => {
  const cases: [string, string, string][] = [
    ["/", "/", ""],
    ["/v1/models", "/v1/models", ""],
    ["/v1/models/", "/v1/models/", ""],
    ["/v1/models?limit=2&after=a%2Fb%0a", "/v1/models", "limit=2&after=a%2Fb%0a"],
    ["/v1?", "/v1", ""],
    ["/v1?a?b//../", "/v1", "a?b//../"],
    ["/v1beta/models/gemini-2.5-pro:generateContent", "/v1beta/models/gemini-2.5-pro:generateContent", ""],
    ["/v1/files/file-..abc", "/v1/files/file-..abc", ""],
    ["/v1/...", "/v1/...", ""],
    ["/v1/a.b/.well-known", "/v1/a.b/.well-known", ""],
    ["/v1/%E6%A8%A1", "/v1/%E6%A8%A1", ""],
    ["/v1/a;b=c", "/v1/a;b=c", ""],
    ["http://other.example/v1/models?x=1", "/v1/models", "x=1"],
    ["HTTPS://other.example:8443/v1", "/v1", ""],
    ["http://other.example?x", "/", "x"],
  ];
  for (const [target, path, query] of cases) {
    assert.deepEqual(guardRequest("GET", target, HOST), { path, query }, target);
  }
});

Deno.test("targets that two readers could read differently are refused", () => {
  const targets = [
    "//evil.example/x",
    "/v1//models",
    "/v1/models//",
    "/\\evil",
    "/v1\\..\\admin",
    "/v1/../admin",
    "/v1/./models",
    "/..",
    "/.",
    "/v1/..",
    "/v1/%2e%2e/admin",
    "/v1/%2E./admin",
    "/v1/.%2e/admin",
    "/v1/%2e",
    "/v1/;/../admin",
    "/v1/..;/admin",
    "/v1/..;a=b/admin",
    "/v1/.;/x",
    "/v1/a%2fb",
    "/v1/a%2Fb",
    "/v1/a%5cb",
    "/v1/a%5Cb",
    "/v1/a%00",
    "/v1/%0d%0ax",
    "/v1/%7f",
    "/v1/%252e%252e/x",
    "/v1/%25",
    "/v1/%c0%ae%c0%ae/x",
    "/v1/%C1%9c",
    "/v1/%",
    "/v1/%2",
    "/v1/%zz",
    "/v1/a b",
    "/v1/\u00e9",
    "/v1/a#b",
    "/v1?a#b",
    "/v1?a b",
    "/v1?\u00e9",
    "/v1\u007f",
    "",
    "*",
    "v1/models",
    "?x",
    "ftp://host/x",
    "http:///v1",
    "http://user@host/v1",
    "http://host:port/v1",
    "http://host\\x/v1",
    "javascript:alert(1)",
    "host:443",
    "http://host//x",
  ];
  for (const target of targets) {
    const error = refusalOf("GET", target);
    assert.equal(error.code, "invalid_path", target);
    assert.doesNotMatch(error.message, /evil|admin|javascript|alert/, "nothing of the request is repeated");
  }
});

Deno.test("only the methods of the API pass, in upper case", () => {
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    guardRequest(method, "/", HOST);
  }
  for (const method of ["CONNECT", "TRACE", "get", "PROPFIND", "BREW", ""]) {
    assert.equal(refusalOf(method, "/v1/models").code, "method_not_allowed", method);
  }
});

Deno.test("a Host that is missing, doubled or more than a host and port is refused", () => {
  const good = [
    "a",
    "localhost:4283",
    "127.0.0.1",
    "[::1]:80",
    "my_service.internal",
    "xn--bcher-kva.example",
  ];
  for (const host of good) guardRequest("GET", "/", { host });
  const bad = [
    "",
    " ",
    "a/b",
    "h/foo?",
    "evil/admin/x?",
    "<script>",
    "a b",
    "user@a",
    "a:b",
    "a:",
    "a:123456",
    "a,b",
    "[::1",
    "::1",
    "a#b",
  ];
  for (const host of bad) assert.equal(refusalOf("GET", "/", { host }).code, "invalid_header", host);
  assert.equal(refusalOf("GET", "/", {}).code, "invalid_header");
  assert.equal(refusalOf("GET", "/", { host: ["a", "a"] }).code, "invalid_header");
});

Deno.test("a body whose end proxies could see elsewhere is refused", () => {
  guardRequest("POST", "/", { ...HOST, "transfer-encoding": "Chunked" });
  for (
    const value of ["identity, chunked", "gzip, chunked", "chunked, chunked", "xchunked", [
      "chunked",
      "chunked",
    ]]
  ) {
    assert.equal(
      refusalOf("POST", "/", { ...HOST, "transfer-encoding": value }).code,
      "invalid_header",
      String(value),
    );
  }
});
