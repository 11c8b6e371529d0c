import assert from "node:assert/strict";
import { Secret } from "../../../src/core/secret.ts";
import { buildGeneration } from "../../../src/gateway/generation.ts";
import { EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";
import { LoadTable } from "../../../src/gateway/routing/endpoints/load_table.ts";
import type { RoutePlan } from "../../../src/gateway/routing/route_table.ts";
import { loadText } from "../../config/load_text.ts";

function generationOf(tenants: readonly object[]) {
  const pool = (name: string, models: string[], more: object = {}) => ({
    ...{ name, provider: "openai_compatible", upstreams: [`https://${name}.example/v1`], models },
    ...more,
  });
  const config = {
    defaults: { retry: { attempts: 9 }, affinity: { by: "session" } },
    tenants: tenants.map((tenant, at) => ({
      name: `t${at}`,
      keys: [`tenant-key-number-${at}-00000`],
      ...tenant,
    })),
    pools: [
      pool("big", ["gpt-4o", "shared"]),
      pool("small", ["mini", "shared"], { retry: { attempts: 5 } }),
    ],
    routes: [{ model: "auto", to: [["big/gpt-4o"], ["small/mini"]], retry: { attempts: 3 } }],
  };
  return buildGeneration(
    loadText(JSON.stringify(config)).config,
    {
      identity: new EndpointIdentity(new Uint8Array(32)),
      loads: new LoadTable(),
      callableUrl: (url) => url,
      newAtMs: undefined,
      ownTenantKey: new Secret("sk-tg-0123456789abcdefghij"),
    },
    { number: 1, builtMs: 0, before: undefined },
  );
}

const shown = (plan: RoutePlan | undefined) =>
  plan?.tiers.map((tier) =>
    tier.candidates.map(({ endpoint, model }) => `${endpoint.pool}/${model ?? "*"}`).join(" ")
  );

Deno.test("a tenant without anything of its own sees everybody's table, and tenants alike share one", () => {
  const { tenantRoutes, routes } = generationOf([{}, { pools: ["big"] }, { pools: ["big"] }]);
  assert.equal(tenantRoutes.of("t0"), routes);
  assert.equal(tenantRoutes.of("nobody"), routes);
  assert.notEqual(tenantRoutes.of("t1"), routes);
  assert.equal(tenantRoutes.of("t1"), tenantRoutes.of("t2"));
});

Deno.test("own routes are looked up before all others, the catch-all too, and nobody else sees them", () => {
  const { tenantRoutes, routes } = generationOf([
    { routes: [{ model: "auto", to: "small/mini" }, { model: "claude-*", to: "small/*" }] },
    { routes: [{ model: "*", to: "small/mini" }] },
  ]);
  assert.deepEqual(shown(tenantRoutes.of("t0").resolve("auto")), ["small/mini"]);
  assert.equal(tenantRoutes.of("t0").resolve("auto")?.name, "own:auto");
  assert.deepEqual(shown(tenantRoutes.of("t0").resolve("claude-x")), ["small/*"]);
  assert.deepEqual(shown(tenantRoutes.of("t0").resolve("gpt-4o")), ["big/*"]);
  assert.deepEqual(shown(tenantRoutes.of("t1").resolve("gpt-4o")), ["small/mini"]);
  assert.deepEqual(shown(tenantRoutes.of("t1").resolve(undefined)), ["small/mini"]);
  assert.deepEqual(shown(routes.resolve("auto")), ["big/gpt-4o", "small/mini"]);
  assert.equal(routes.resolve("claude-x"), undefined);
});

Deno.test("an alias asks for the model that it means, by the tenant's own routes too", () => {
  const { tenantRoutes } = generationOf([{
    aliases: { fast: "mini", smart: "auto", lost: "nowhere", own: "mine" },
    routes: [{ model: "mine", to: "big/*" }],
  }]);
  const table = tenantRoutes.of("t0");
  assert.equal(table.resolve("fast")?.model, "mini");
  assert.deepEqual(shown(table.resolve("fast")), ["small/*"]);
  assert.deepEqual(shown(table.resolve("smart")), ["big/gpt-4o", "small/mini"]);
  assert.equal(table.resolve("own")?.model, "mine");
  assert.equal(table.resolve("lost"), undefined);
  assert.deepEqual(table.names, ["mine", "fast", "smart", "own", "auto", "gpt-4o", "shared", "mini"]);
});

Deno.test("pools that a tenant may not use are left out of every plan, and a plan of nothing else is forbidden", () => {
  const { tenantRoutes } = generationOf([{ pools: ["small"] }]);
  const table = tenantRoutes.of("t0");
  assert.deepEqual(shown(table.resolve("auto")), ["small/mini"]);
  assert.deepEqual(shown(table.resolve("shared")), ["small/*"]);
  for (const model of ["gpt-4o", "big/gpt-4o"]) assert.equal(table.resolve(model)?.forbidden, true, model);
  assert.equal(table.named("big")?.forbidden, true);
  const auto = table.resolve("auto");
  assert.ok(auto);
  assert.equal(table.within(auto, "big", "auto")?.forbidden, true);
  assert.deepEqual(shown(table.firstPool(() => true)), ["small/*"]);
  assert.deepEqual(table.names, ["auto", "shared", "mini"]);
});

Deno.test("settings come from the tenant's own route, the tenant, route, pool, defaults, in that order", () => {
  const { tenantRoutes, routes } = generationOf([
    { retry: { attempts: 2 }, routes: [{ model: "mine", to: "small/mini", retry: { attempts: 1 } }] },
    { affinity: { by: "tenant" } },
  ]);
  const attempts = (table: typeof routes, model: string) =>
    table.resolve(model)?.settingsOf("small").retry.attempts;
  assert.deepEqual(["mini", "auto"].map((model) => attempts(routes, model)), [5, 3]);
  assert.deepEqual(["mine", "auto", "mini"].map((model) => attempts(tenantRoutes.of("t0"), model)), [
    1,
    2,
    2,
  ]);
  assert.deepEqual(["mini", "auto"].map((model) => attempts(tenantRoutes.of("t1"), model)), [5, 3]);
  assert.equal(tenantRoutes.of("t1").resolve("auto")?.tiers[0]?.affinity?.by, "tenant");
  assert.equal(routes.resolve("auto")?.tiers[0]?.affinity?.by, "session");
});

Deno.test("a tenant with pools alone shares the rotation of everybody", () => {
  const { tenantRoutes, routes } = generationOf([{ pools: ["big"] }]);
  assert.equal(tenantRoutes.of("t0").resolve("gpt-4o")?.tiers[0], routes.resolve("gpt-4o")?.tiers[0]);
});
