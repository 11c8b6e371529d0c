import assert from "node:assert/strict";

import { corsRules } from "../../../src/server/listener/cors.ts";
import { arrayExchange } from "../../support/array_exchange.ts";

Deno.test("without origins there are no rules", () => {
  assert.equal(corsRules([]), undefined);
});

Deno.test("only a listed origin may read, and caches keep origins apart", () => {
  const rules = corsRules(["https://a.example", "http://localhost:3000"]);
  assert.equal(rules?.fieldsFor("https://a.example")?.["access-control-allow-origin"], "https://a.example");
  assert.match(
    String(rules?.fieldsFor("http://localhost:3000")?.["access-control-expose-headers"]),
    /x-request-id/,
  );
  for (const origin of ["https://a.example.evil", "https://b.example", "null", "https://A.example"]) {
    assert.deepEqual(rules?.fieldsFor(origin), { vary: "origin" }, origin);
  }
  assert.equal(rules?.fieldsFor(undefined), undefined);
});

Deno.test("cookies are never allowed, so that * opens nothing", () => {
  const fields = corsRules(["*"])?.fieldsFor("https://any.example");
  assert.equal(fields?.["access-control-allow-origin"], "*");
  assert.equal(fields?.["access-control-allow-credentials"], undefined);
});

Deno.test("a preflight is answered here and a plain OPTIONS is not", () => {
  const rules = corsRules(["https://a.example"]);
  const plain = arrayExchange({ method: "OPTIONS", headers: { origin: "https://a.example" } });
  assert.equal(rules?.answerPreflight(plain), false);
  assert.equal(plain.answer.status, 0);
  const asked = { "access-control-request-method": "POST", "access-control-request-headers": "x-api-key" };
  const preflight = arrayExchange({ method: "OPTIONS", headers: asked });
  assert.equal(rules?.answerPreflight(preflight), true);
  assert.equal(preflight.answer.status, 204);
  assert.equal(preflight.answer.headers["access-control-allow-headers"], "x-api-key");
  assert.equal(rules?.answerPreflight(arrayExchange({ method: "POST", headers: asked })), false);
});

Deno.test("a list of names that is none is not repeated", () => {
  const headers = { "access-control-request-method": "POST", "access-control-request-headers": "a\r\nx: y" };
  const preflight = arrayExchange({ method: "OPTIONS", headers });
  corsRules(["*"])?.answerPreflight(preflight);
  assert.equal(preflight.answer.headers["access-control-allow-headers"], undefined);
});
