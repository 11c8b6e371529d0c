import assert from "node:assert/strict";
import { GatewayError } from "../../src/core/errors.ts";
import type { HeaderFields } from "../../src/core/exchange.ts";
import { Secret } from "../../src/core/secret.ts";
import { authenticate, queryWithoutKey } from "../../src/gateway/authenticate.ts";
import { TenantKeys } from "../../src/tenants/tenant_keys.ts";
import { plainTenant } from "../support/plain_tenant.ts";
import { arrayExchange } from "../support/array_exchange.ts";

const keys = new TenantKeys();
const web = plainTenant("web");
keys.add(new Secret("key-of-web-00000"), web);
keys.add(new Secret("key-of-web-11111"), web);
keys.add(new Secret("key-of-ops-00000"), plainTenant("ops"));

function call(headers: HeaderFields, query = "") {
  return authenticate(arrayExchange({ headers, query }), keys, { nowMs: 0, clientAddress: "127.0.0.1" });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    return error.code;
  }
  return "no error";
}

Deno.test("a tenant key is accepted in every place SDKs put it", () => {
  const places: [HeaderFields, string][] = [
    [{ authorization: "Bearer key-of-web-00000" }, ""],
    [{ authorization: "bearer  key-of-web-00000" }, ""],
    [{ "x-api-key": "key-of-web-00000" }, ""],
    [{ "x-goog-api-key": "key-of-web-00000" }, ""],
    [{ "api-key": "key-of-web-00000" }, ""],
    [{}, "alt=sse&key=key-of-web-00000"],
  ];
  for (const [headers, query] of places) assert.equal(call(headers, query).tenant.name, "web");
});

Deno.test("without a credential the error says so; with an unknown one it says that; neither echoes anything", () => {
  assert.equal(codeOf(() => call({})), "missing_api_key");
  assert.equal(codeOf(() => call({ authorization: "Basic a2V5LW9mLXdlYi0wMDAwMA==" })), "missing_api_key");
  assert.equal(codeOf(() => call({ authorization: "Bearer nobody-knows-this" })), "invalid_api_key");
});

Deno.test("two credentials of one tenant are fine, of two tenants a conflict", () => {
  assert.equal(
    call({ authorization: "Bearer key-of-web-00000", "x-api-key": "key-of-web-11111" }).tenant.name,
    "web",
  );
  const both = { authorization: "Bearer key-of-web-00000", "x-api-key": "key-of-ops-00000" };
  assert.equal(codeOf(() => call(both)), "conflicting_credentials");
});

Deno.test("a credential that is no tenant key is kept apart for pools that forward the client's own", () => {
  const caller = call({ "x-api-key": "key-of-web-00000", authorization: "Bearer sk-the-callers-own" });
  assert.equal(caller.tenant.name, "web");
  assert.equal(caller.ownCredential?.reveal(), "sk-the-callers-own");
});

Deno.test("the key parameter leaves the query, spelled any way, and nothing else changes", () => {
  assert.equal(queryWithoutKey("key=abc"), "");
  assert.equal(queryWithoutKey("a=%20&key=abc&b=c%2Bd"), "a=%20&b=c%2Bd");
  assert.equal(queryWithoutKey("%6bey=abc&x=1"), "x=1");
  assert.equal(queryWithoutKey("monkey=abc&apikey=1"), "monkey=abc&apikey=1");
  assert.equal(queryWithoutKey("beta=true"), "beta=true");
});
