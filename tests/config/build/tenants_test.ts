import assert from "node:assert/strict";
import { parseIsoTime } from "../../../src/core/time/iso_time.ts";
import { sha256Hex } from "../../../src/tenants/tenant_keys.ts";
import { loadText, problemsOf, warningsOf } from "../load_text.ts";

const KEY = "tenant-key-of-web-00000001";
const HASH = sha256Hex(KEY);

const POOL = `"pools": [{ "name": "a", "provider": "openai", "keys": ["sk-upstream-000000"] }]`;

function tenantsOf(tenants: string, more = "") {
  return loadText(`{ "tenants": ${tenants}, ${more} ${POOL} }`).config.tenants;
}

function faults(tenants: string, more = ""): string[] {
  return problemsOf(`{ ${more}\n"tenants": ${tenants},\n${POOL} }`);
}

Deno.test("a key is a text or an object, in full or as its hash", () => {
  const [tenant] = tenantsOf(`[{ "name": "web", "keys": [
    "another-key-of-web-000001",
    { "key": "${KEY}", "name": "old", "expires": "2027-01-31", "enabled": false, "note": "Ann" },
    "sha256:${sha256Hex("a-third-key-of-web-0001").toUpperCase()}"
  ] }]`);
  const [first, second, third] = tenant?.keys ?? [];
  assert.equal(first?.secret?.reveal(), "another-key-of-web-000001");
  assert.equal(first?.enabled, true);
  assert.equal(second?.sha256, HASH);
  assert.equal(second?.expiresMs, parseIsoTime("2027-02-01T00:00Z"));
  assert.deepEqual([second?.name, second?.enabled, second?.note], ["old", false, "Ann"]);
  assert.equal(third?.sha256, sha256Hex("a-third-key-of-web-0001"));
  assert.equal(third?.secret, undefined);
});

Deno.test("a hash may come from the environment and from a key file", () => {
  const { config } = loadText(
    `{ "tenants": [{ "name": "web", "keys": ["env:WEB", { "key": "file:web.txt", "name": "f" }] }], ${POOL} }`,
    {
      env: { WEB: `sha256:${HASH}` },
      files: { "/etc/tidegate/web.txt": `sha256:${sha256Hex("x")}\nplain-key-of-web-00000001 # Ann\n` },
    },
  );
  assert.deepEqual(config.tenants[0]?.keys.map((key) => [key.sha256, key.name]), [
    [HASH, undefined],
    [sha256Hex("x"), "f-1"],
    [sha256Hex("plain-key-of-web-00000001"), "f-2"],
  ]);
});

Deno.test("broken hashes and ends are told with their place, and without what stands there", () => {
  const told = faults(`[{ "name": "web", "keys": [
 "sha256:abc",
 { "key": "${KEY}", "expires": "tomorrow" }] }]`);
  assert.equal(told.length, 2);
  assert.match(told[0] ?? "", /^3:2 tenants\[0\]\.keys\[0\]: after "sha256:" come the 64 hexadecimal digits/);
  assert.match(told[1] ?? "", /^4:\d+ tenants\[0\]\.keys\[1\]\.expires: must be a day such as/);
});

Deno.test("one key is one tenant's, also where one of them has the hash", () => {
  const told = faults(`[{ "name": "a", "keys": ["${KEY}"] }, { "name": "b", "keys": ["sha256:${HASH}"] }]`);
  assert.deepEqual(told.map((line) => line.replace(/^\d+:\d+ /, "")), [
    "tenants[1].keys[0]: tenants[0] has the same key; give each tenant its own",
  ]);
  assert.match(
    warningsOf(`{ "tenants": [{ "name": "a", "keys": ["${KEY}", "sha256:${HASH}"] }], ${POOL} }`).join(),
    /this key stands here twice/,
  );
});

Deno.test("an open door is refused where everybody could walk in", () => {
  const open = `[{ "name": "lan", "open": true }]`;
  const told = faults(open, `"listen": "0.0.0.0:4283",`);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /^2:\d+ tenants\[0\]\.open: would let in everybody .*add "addresses"/);
  assert.equal(faults(open, `"listen": "[::]:4283",`).length, 1);
  const bounded = tenantsOf(
    `[{ "name": "lan", "open": true, "addresses": ["10.0.0.0/8"] }]`,
    `"listen": "0.0.0.0:1",`,
  );
  assert.deepEqual(bounded[0]?.addresses, ["10.0.0.0/8"]);
});

Deno.test("an open door without addresses is this machine's alone, whatever a flag may make the gateway listen on", () => {
  for (const listen of ["127.0.0.1:4283", "localhost:4283", "[::1]:4283"]) {
    const [tenant] = tenantsOf(`[{ "name": "own", "open": true }]`, `"listen": "${listen}",`);
    assert.deepEqual(tenant?.addresses, ["127.0.0.0/8", "::1/128"], listen);
  }
});

Deno.test("keys are required but of open tenants", () => {
  assert.match(faults(`[{ "name": "web" }]`).join(), /tenants\[0\]\.keys: is required/);
});

Deno.test("pools, formats, addresses, routes and aliases are checked, all at once", () => {
  const told = faults(`[{ "name": "web", "keys": ["${KEY}"], "pools": ["b"], "addresses": ["10.0.0.0/99"],
    "routes": [{ "model": "x", "to": "nowhere/x" }, { "model": "y", "to": ["a/x", "a/y"] }] }]`)
    .map((line) => line.replace(/^\d+:\d+ /, ""));
  assert.equal(told.length, 4, told.join("\n"));
  assert.match(told[0] ?? "", /^tenants\[0\]\.pools\[0\]: no pool has this name/);
  assert.match(told[1] ?? "", /^tenants\[0\]\.addresses\[0\]: must be an IP address, a CIDR range/);
  assert.match(told[2] ?? "", /^tenants\[0\]\.routes\[0\]\.to: no pool has this name/);
  assert.match(told[3] ?? "", /^tenants\[0\]\.routes\[1\]\.to: is a flat list where tiers are meant/);
  assert.match(
    faults(`[{ "name": "web", "keys": ["${KEY}"], "formats": ["openai_chatt"], "aliases": { "a*": "b" } }]`)
      .join("\n"),
    /formats\[0\]: must be one of[\s\S]*did you mean "openai_chat"/,
  );
});

Deno.test("all members reach the config", () => {
  const [tenant] = tenantsOf(`[{ "name": "web", "keys": ["${KEY}"], "note": "Ann's", "pools": ["a"],
    "addresses": ["private"], "formats": ["openai_chat"], "priority": 3, "aliases": { "fast": "gpt-4o-mini" },
    "routes": [{ "model": "auto", "to": "a/gpt-4o" }], "affinity": "off", "retry": { "attempts": 2 } }]`);
  assert.equal(tenant?.note, "Ann's");
  assert.deepEqual(tenant?.pools, ["a"]);
  assert.ok(tenant?.addresses?.includes("10.0.0.0/8"));
  assert.deepEqual(tenant?.formats, ["openai_chat"]);
  assert.equal(tenant?.priority, 3);
  assert.deepEqual(tenant?.aliases, { fast: "gpt-4o-mini" });
  assert.deepEqual(tenant?.routes[0]?.tiers, [[{ pool: "a", model: "gpt-4o", weight: 1 }]]);
  assert.equal(tenant?.settings.affinity, "off");
  assert.equal(tenant?.settings.retry?.attempts, 2);
});
