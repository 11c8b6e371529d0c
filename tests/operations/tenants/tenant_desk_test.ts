import assert from "node:assert/strict";
import { GatewayError } from "../../../src/core/errors.ts";
import { type LogLine, makeLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { Secret } from "../../../src/core/secret.ts";
import { buildGeneration, type Generation, withTenants } from "../../../src/gateway/generation.ts";
import { EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";
import { LoadTable } from "../../../src/gateway/routing/endpoints/load_table.ts";
import { RequestRates } from "../../../src/gateway/under_way/request_rates.ts";
import { RunTimeTenants } from "../../../src/operations/tenants/run_time_tenants.ts";
import { TenantDesk } from "../../../src/operations/tenants/tenant_desk.ts";
import { memory } from "../../../src/stores/memory.ts";
import { WriteBehind } from "../../../src/stores/write_behind.ts";
import { KeyUses } from "../../../src/tenants/key_uses.ts";
import { loadText } from "../../config/load_text.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

async function openDesk() {
  const runtime = fakeRuntime();
  const lines: LogLine[] = [];
  const log = makeLog(() => 0, (line) => void lines.push(line));
  const store = await memory.open({ dataDir: "", runtime, report: () => {} });
  const state = new WriteBehind({ store, runtime, log, observer: memoryObserver() });
  const identity = new EndpointIdentity(new Uint8Array(32));
  const sources = {
    ...{ identity, loads: new LoadTable(), newAtMs: undefined },
    callableUrl: (url: string) => url,
    ownTenantKey: new Secret("sk-tg-0123456789abcdefghij"),
  };
  const { config } = loadText(`{ "pools": [{ "provider": "openai", "keys": ["sk-upstream-0000000"] }] }`);
  let generation: Generation = buildGeneration(config, sources, { number: 1, builtMs: 0, before: undefined });
  const tenants = new RunTimeTenants({ state, log });
  const gateway = {
    get generation() {
      return generation;
    },
    rates: new RequestRates(),
    tenantsChanged() {
      generation = withTenants(generation, { ...sources, runTimeTenants: tenants.configs() }, 0);
    },
  };
  const keyUses = new KeyUses({ state, log });
  const desk = new TenantDesk({ gateway, tenants, keyUses, identity, runtime });
  return { ...{ desk, tenants, state, store, runtime, log, lines, gateway } };
}

Deno.test("with the store away a change is in force, says that it is not saved, and is saved when the store is back", async () => {
  const { desk, state, store, runtime, log, gateway } = await openDesk();
  const { set, apply } = store;
  const away = () => Promise.reject(new Error("away"));
  store.set = store.apply = away;
  const made = await desk.create("acme", {}, {});
  assert.equal(made.saved, false);
  assert.equal(gateway.generation.keys.find(made.key)?.tenant.name, "acme");
  Object.assign(store, { set, apply });
  runtime.advance(60_000);
  assert.equal(await state.flush(), true);
  const later = new RunTimeTenants({ state, log });
  await later.restore();
  assert.equal(later.get("acme")?.keys.length, 1);
  assert.equal((await desk.change("acme", { note: "back" })).saved, true);
});

Deno.test("what lies in the store and makes no sense lets nobody in, and is told", async () => {
  const { state, store, log, lines, desk } = await openDesk();
  await desk.create("good", {}, {});
  const broken: Record<string, unknown> = {
    text: "nonsense",
    half: { name: "half", createdMs: 1, changedMs: 1, members: { models: "*" }, keys: [] },
    future: { name: "future", createdMs: 1, changedMs: 1, members: { onlyOnSundays: true }, keys: [] },
  };
  for (const [name, value] of Object.entries(broken)) await store.set(["v1", "tenants", name], value);
  const later = new RunTimeTenants({ state, log });
  await later.restore();
  assert.deepEqual(later.configs().map(({ name }) => name), ["good"]);
  const told = lines.filter(({ text }) => text.includes("not understood")).length;
  assert.equal(told, 2);
});

Deno.test("a pool that has gone since shuts no tenant out", async () => {
  const { state, store, log, desk } = await openDesk();
  await desk.create("acme", { pools: ["openai"] }, {});
  const later = new RunTimeTenants({ state, log });
  await later.restore();
  const [kept] = later.configs();
  assert.deepEqual(kept?.pools, ["openai"]);
  await store[Symbol.asyncDispose]();
});

Deno.test("rotation ends the old keys after the overlap, never later than they would have ended, and drops those that are over", async () => {
  const { desk, runtime } = await openDesk();
  const first = await desk.create("acme", {}, { name: "first" });
  await desk.addKey("acme", { name: "soon", expires: "2026-01-01T01:00:00Z" });
  await desk.addKey("acme", { name: "over", expires: "2025-12-31" });
  const rotated = await desk.rotate("acme", { name: "new", overlap: "2h" });
  assert.deepEqual(rotated.tenant.keys.map(({ name, expires, state }) => [name, expires, state]), [
    ["first", "2026-01-01T02:00:00.000Z", "valid"],
    ["soon", "2026-01-01T01:00:00.000Z", "valid"],
    ["new", null, "valid"],
  ]);
  runtime.advance(2 * 3_600_000);
  assert.deepEqual(desk.show("acme").keys.map(({ state }) => state), ["expired", "expired", "valid"]);
  const one = await desk.rotate("acme", { fingerprint: rotated.fingerprint, oldUntil: "2026-01-02" });
  assert.deepEqual(one.tenant.keys.map(({ name, expires }) => [name, expires]), [
    ["new", "2026-01-03T00:00:00.000Z"],
    [null, null],
  ]);
  await assert.rejects(desk.rotate("acme", { oldUntil: "soon" }), { code: "invalid_body" });
  await assert.rejects(desk.rotate("acme", { fingerprint: first.fingerprint }), { code: "not_found" });
});

Deno.test("there are bounds: keys of a tenant, bytes of a tenant", async () => {
  const { desk } = await openDesk();
  await desk.create("acme", {}, {});
  for (let more = 1; more < 100; more++) await desk.addKey("acme", {});
  await assert.rejects(desk.addKey("acme", {}), { code: "conflict" });
  const models = Array.from({ length: 1000 }, (_, at) => `model-${at}-${"x".repeat(80)}`);
  await assert.rejects(desk.change("acme", { models }), (error) => {
    assert.ok(error instanceof GatewayError);
    return error.code === "request_too_large";
  });
  assert.equal(desk.show("acme").models, null);
});

Deno.test("pages go by name and end", async () => {
  const { desk } = await openDesk();
  for (const name of ["c", "a", "b"]) await desk.create(name, {}, {});
  const first = desk.list("", 2);
  assert.deepEqual([first.tenants.map(({ name }) => name), first.next], [["a", "b"], "b"]);
  const rest = desk.list("b", 2);
  assert.deepEqual([rest.tenants.map(({ name }) => name), rest.next], [["c", "default"], null]);
});
