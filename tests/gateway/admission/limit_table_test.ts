import assert from "node:assert/strict";
import type { TenantConfig } from "../../../src/config/config.ts";
import { LimitTable } from "../../../src/gateway/admission/limit_table.ts";
import { sha256Hex } from "../../../src/tenants/tenant_keys.ts";
import { loadText } from "../../config/load_text.ts";

const KEY = "sk-tenant-key-of-web-000";

/** As an instance of its own would make it. */
function fingerprintOf(sha256: string): string {
  return sha256.slice(0, 6);
}

/** The fingerprint of a key. */
function of(key: string): string {
  return fingerprintOf(sha256Hex(key));
}

function tableOf(tenants: unknown[]): LimitTable {
  const { config } = loadText(JSON.stringify({ tenants, pools: [] }));
  return new LimitTable(config.tenants satisfies readonly TenantConfig[], fingerprintOf);
}

Deno.test("scopes are named by tenant, key fingerprint and pattern, never by place and never by a key", () => {
  const web = {
    name: "web",
    keys: ["sk-tenant-key-of-web-111", { key: KEY, limits: { concurrency: 2 } }],
    limits: { requestsPerMinute: 5, models: { "gpt-*": { concurrency: 1 }, "gpt-4": { concurrency: 3 } } },
  };
  const other = { name: "other", keys: ["sk-tenant-key-of-other-0"] };
  const found = tableOf([web, other]).scopesOf("web", of(KEY), "gpt-4");
  const names = found?.scopes.map(({ name }) => name) ?? [];
  assert.deepEqual(names.slice(0, 3), ["tenant/web", "tenant/web/model/gpt-*", "tenant/web/model/gpt-4"]);
  assert.equal(names[3], `tenant/web/key:${of(KEY)}`);
  const moved = tableOf([other, { ...web, keys: [...web.keys].reverse() }]).scopesOf("web", of(KEY), "gpt-4");
  assert.deepEqual(moved?.scopes.map(({ name }) => name), names);
});

Deno.test("nothing is asked for a tenant, key or model without limits", () => {
  const table = tableOf([
    { name: "web", keys: [KEY], limits: { models: { "gpt-*": { concurrency: 1 } } } },
    { name: "free", keys: ["sk-tenant-key-of-free-00"] },
  ]);
  assert.equal(table.scopesOf("web", of(KEY), "claude"), undefined);
  assert.equal(table.scopesOf("web", of(KEY), undefined), undefined);
  assert.equal(table.scopesOf("free", of("sk-tenant-key-of-free-00"), "gpt-4"), undefined);
  assert.equal(table.scopesOf("web", of(KEY), "gpt-4")?.scopes.length, 1);
});
