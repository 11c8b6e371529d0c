import assert from "node:assert/strict";
import { Secret } from "../../src/core/secret.ts";
import { TenantKeys } from "../../src/tenants/tenant_keys.ts";
import { plainTenant } from "../support/plain_tenant.ts";

Deno.test("a key finds its tenant, and only the whole key does", () => {
  const keys = new TenantKeys();
  const web = plainTenant("web");
  keys.add(new Secret("sk-tg-0123456789"), web);
  keys.add(new Secret("sk-tg-second-key"), web);
  assert.equal(keys.find("sk-tg-0123456789")?.tenant, web);
  assert.equal(keys.find("sk-tg-second-key")?.tenant, web);
  assert.equal(keys.find("sk-tg-012345678"), undefined);
  assert.equal(keys.find(""), undefined);
  assert.equal(keys.holds("sk-tg-0123456789", "web"), true);
  assert.equal(keys.holds("sk-tg-0123456789", "other"), false);
});

Deno.test("two tenants cannot share a key, and the error names no key", () => {
  const keys = new TenantKeys();
  keys.add(new Secret("sk-tg-0123456789"), plainTenant("a"));
  assert.throws(
    () => keys.add(new Secret("sk-tg-0123456789"), plainTenant("b")),
    (error: Error) => error instanceof RangeError && !error.message.includes("0123456789"),
  );
});
