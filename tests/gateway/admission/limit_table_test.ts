import assert from "node:assert/strict";
import type { TenantConfig } from "../../../src/config/config.ts";
import { LimitTable } from "../../../src/gateway/admission/limit_table.ts";
import { EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";
import { loadText } from "../../config/load_text.ts";

const KEY = "sk-tenant-key-of-web-000";

function tableOf(tenants: unknown[]): LimitTable {
  const { config } = loadText(JSON.stringify({ tenants, pools: [] }));
  return new LimitTable(
    config.tenants satisfies readonly TenantConfig[],
    new EndpointIdentity(new Uint8Array(32)),
  );
}

Deno.test("scopes are named by tenant, key fingerprint and pattern, never by place and never by a key", () => {
  const web = {
    name: "web",
    keys: ["sk-tenant-key-of-web-111", { key: KEY, limits: { concurrency: 2 } }],
    limits: { requestsPerMinute: 5, models: { "gpt-*": { concurrency: 1 }, "gpt-4": { concurrency: 3 } } },
  };
  const other = { name: "other", keys: ["sk-tenant-key-of-other-0"] };
  const found = tableOf([web, other]).scopesOf("web", KEY, "gpt-4");
  const names = found?.scopes.map(({ name }) => name) ?? [];
  assert.deepEqual(names.slice(0, 3), ["tenant/web", "tenant/web/model/gpt-*", "tenant/web/model/gpt-4"]);
  assert.match(names[3] ?? "", /^tenant\/web\/key:[a-z2-7]{16}$/);
  const moved = tableOf([other, { ...web, keys: [...web.keys].reverse() }]).scopesOf("web", KEY, "gpt-4");
  assert.deepEqual(moved?.scopes.map(({ name }) => name), names);
});

Deno.test("nothing is asked for a tenant, key or model without limits", () => {
  const table = tableOf([
    { name: "web", keys: [KEY], limits: { models: { "gpt-*": { concurrency: 1 } } } },
    { name: "free", keys: ["sk-tenant-key-of-free-00"] },
  ]);
  assert.equal(table.scopesOf("web", KEY, "claude"), undefined);
  assert.equal(table.scopesOf("web", KEY, undefined), undefined);
  assert.equal(table.scopesOf("free", "sk-tenant-key-of-free-00", "gpt-4"), undefined);
  assert.equal(table.scopesOf("web", KEY, "gpt-4")?.scopes.length, 1);
});
