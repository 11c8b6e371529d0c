import assert from "node:assert/strict";
import fc from "fast-check";
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
  return authenticate(arrayExchange({ headers, query }), keys, {
    nowMs: 0,
    clientAddress: "127.0.0.1",
    origins: [],
  });
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

const TERMS = { fingerprint: "abc234", expiresMs: undefined, enabled: true, hashOnly: false };

Deno.test("a key that is over or switched off is told so to whoever holds it, and goes no further", () => {
  const mixed = new TenantKeys();
  mixed.add(new Secret("key-over-0000000"), web, { ...TERMS, expiresMs: 1000 });
  mixed.add(new Secret("key-off-00000000"), web, { ...TERMS, enabled: false });
  mixed.add(new Secret("key-good-0000000"), web, TERMS);
  const at = (nowMs: number, headers: HeaderFields) =>
    authenticate(arrayExchange({ headers }), mixed, { nowMs, clientAddress: "127.0.0.1", origins: [] });
  assert.equal(at(999, { "x-api-key": "key-over-0000000" }).tenant, web);
  assert.equal(codeOf(() => at(1000, { "x-api-key": "key-over-0000000" })), "key_expired");
  assert.equal(codeOf(() => at(0, { "x-api-key": "key-off-00000000" })), "key_disabled");
  assert.equal(codeOf(() => at(0, { "x-api-key": "key-off-0000000" })), "invalid_api_key");
  const both = at(0, { "x-api-key": "key-off-00000000", authorization: "Bearer key-good-0000000" });
  assert.equal(both.tenant, web);
  assert.equal(both.ownCredential, undefined);
});

Deno.test("without any credential the first open tenant of the address is who calls; with a wrong one nobody is", () => {
  const open = new TenantKeys();
  const access = { allowsFormat: undefined, allowsPool: undefined };
  const of = (name: string, prefix: string) =>
    plainTenant(name, { access: { ...access, allowsAddress: (address) => address.startsWith(prefix) } });
  open.addOpen(of("lan", "10."));
  open.addOpen(of("all of ten", "1"));
  const from = (clientAddress: string, headers: HeaderFields = {}) =>
    authenticate(arrayExchange({ headers }), open, {
      nowMs: 0,
      clientAddress,
      origins: ["https://chat.example", "*"],
    });
  assert.equal(from("10.0.0.1").tenant.name, "lan");
  assert.equal(from("127.0.0.1").tenant.name, "all of ten");
  assert.equal(from("10.0.0.1").tenantKey, undefined);
  assert.equal(codeOf(() => from("203.0.113.9")), "missing_api_key");
  const pages: [HeaderFields, boolean][] = [
    [{ origin: "https://evil.example" }, false],
    [{ origin: "null" }, false],
    [{ origin: "https://chat.example", ["sec-fetch-site"]: "cross-site" }, true],
    [{ ["sec-fetch-site"]: "same-origin" }, false],
    [{ ["sec-fetch-site"]: "none" }, true],
  ];
  for (const [headers, may] of pages) {
    const code = codeOf(() => from("10.0.0.1", headers));
    assert.equal(code, may ? "no error" : "missing_api_key", JSON.stringify(headers));
  }
  assert.equal(codeOf(() => from("10.0.0.1", { authorization: "Bearer nonsense" })), "invalid_api_key");
});

Deno.test("law: whatever keys a request carries, it calls as their one usable owner or not at all", () => {
  const owners = ["a", "b"].map((name) => plainTenant(name));
  const kind = fc.record({ owner: fc.nat(1), over: fc.boolean(), enabled: fc.boolean() });
  fc.assert(fc.property(fc.array(kind, { maxLength: 4 }), fc.boolean(), (kinds, hasStranger) => {
    const book = new TenantKeys();
    const fields = ["x-api-key", "x-goog-api-key", "api-key", "authorization"];
    const headers: HeaderFields = {};
    const usable = new Set<string>();
    for (const [at, { owner, over, enabled }] of kinds.entries()) {
      const key = `law-key-number-${at}`;
      const tenant = owners[owner] ?? assert.fail();
      book.add(new Secret(key), tenant, { ...TERMS, enabled, expiresMs: over ? 10 : 20 });
      headers[fields[at] ?? ""] = at === 3 ? `Bearer ${key}` : key;
      if (enabled && !over) usable.add(tenant.name);
    }
    const query = hasStranger ? "key=a-strangers-own" : "";
    const place = { nowMs: 15, clientAddress: "127.0.0.1", origins: [] };
    const run = () => authenticate(arrayExchange({ headers, query }), book, place);
    if (usable.size === 1) {
      const caller = run();
      assert.ok(usable.has(caller.tenant.name));
      assert.equal(caller.ownCredential?.reveal(), hasStranger ? "a-strangers-own" : undefined);
    } else {
      const expected = usable.size > 1
        ? /^conflicting_credentials$/
        : kinds.length > 0
        ? /^key_(?:expired|disabled)$/
        : hasStranger
        ? /^invalid_api_key$/
        : /^missing_api_key$/;
      assert.match(codeOf(run), expected);
    }
  }));
});
