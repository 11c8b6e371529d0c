import assert from "node:assert/strict";
import { type StartFacts, startLines } from "../../../src/cli/serve/start_lines.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { Secret } from "../../../src/core/secret.ts";

const KEY = "sk-tg-abcdefghijklmnopqrstuvwxyz234567";

interface Case {
  readonly config?: object;
  readonly host?: string;
  readonly path?: string;
  readonly isNewTenantKey?: boolean;
  readonly models?: readonly string[];
  readonly files?: ReadonlyMap<string, string>;
}

function facts(given: Case): StartFacts {
  const config = {
    pools: [{ provider: "simulated", upstreams: [{ url: "simulated://a" }], models: ["m"] }],
    ...given.config,
  };
  const text = JSON.stringify(config);
  const loaded = loadConfig({ text, file: "c", env: () => undefined, readSecretFile: () => "" });
  const path = given.path ?? "/srv/data";
  return {
    address: { host: given.host ?? "127.0.0.1", port: 4283 },
    dataDir: {
      path,
      instanceKey: new Uint8Array(32),
      tenantKey: new Secret(KEY),
      tenantKeyPath: `${path}/tenant.key`,
      adminToken: new Secret("tg-admin-0123456789abcdef"),
      isNewTenantKey: given.isNewTenantKey ?? true,
      [Symbol.dispose]() {},
    },
    loaded: { ...loaded, text, files: given.files ?? new Map() },
    storeKind: "deno_kv",
    models: given.models ?? ["m"],
  };
}

const built = { configFile: undefined, isTerminal: false };
const named = { configFile: "/etc/tg/config.jsonc", isTerminal: false };

Deno.test("the key is shown to a person, once, and never to a program", () => {
  assert.ok(startLines(facts({}), { ...built, isTerminal: true }).includes(KEY));
  assert.ok(!startLines(facts({ isNewTenantKey: false }), { ...built, isTerminal: true }).includes(KEY));
  const program = startLines(facts({}), built);
  assert.ok(!program.includes(KEY));
  assert.match(program, /made now and kept in \/srv\/data\/tenant\.key/);
  assert.match(startLines(facts({ isNewTenantKey: false }), built), /API key {3}kept in /);
});

Deno.test("tenants of the config have their own keys: nothing is said of ours, and no curl that would not work", () => {
  const config = { tenants: [{ name: "web", keys: ["a-key-of-16-characters"] }] };
  const lines = startLines(facts({ config }), named);
  assert.ok(!lines.includes("API key") && !lines.includes("curl"));
});

/** What a shell makes of the curl line: its arguments, one a line, with `cat` telling what it was to read. */
async function argumentsOf(lines: string): Promise<string[]> {
  const curl = /^curl [^]*?[^\\]\n/m.exec(lines)?.[0] ?? "";
  const script = `cat() { printf 'key of %s' "$1"; }\ncurl() { printf '%s\\0' "$@"; }\n${curl}`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

Deno.test("the curl line means itself in a shell, whatever the path and the model are called", async () => {
  const path = "/srv/my 'own' $data";
  const model = "it's $(here)";
  const given = await argumentsOf(startLines(facts({ path, models: [model] }), built));
  assert.equal(given[1], "http://127.0.0.1:4283/v1/chat/completions");
  assert.equal(given[3], `Authorization: Bearer key of ${path}/tenant.key`);
  assert.equal(JSON.parse(given.at(-1) ?? "").model, model);
});

Deno.test("an address for all hosts is shown as one that can be opened", () => {
  const cases = [["0.0.0.0", "127.0.0.1"], ["::", "127.0.0.1"], ["::1", "[::1]"], ["10.0.0.1", "10.0.0.1"]];
  for (const [host = "", shown] of cases) {
    const lines = startLines(facts({ host }), built);
    assert.ok(lines.startsWith(`Tidegate listens on http://${shown}:4283\n`), lines);
  }
});

Deno.test("it is said which config and which .env are in force, and the next step only without a config", () => {
  const lines = startLines(facts({}), named);
  assert.match(lines, /^Config {4}\/etc\/tg\/config\.jsonc$/m);
  assert.ok(!lines.includes("init --from-env"));
  const files = new Map([["/etc/tg/config.jsonc", "a"], ["/etc/tg/.env", "b"]]);
  assert.match(
    startLines(facts({ files }), named),
    /^Config {4}\/etc\/tg\/config\.jsonc, with \/etc\/tg\/\.env \(the process environment wins\)$/m,
  );
  const absent = new Map([["/etc/tg/.env", "none"]]);
  assert.ok(!startLines(facts({ files: absent }), named).includes(".env"));
  assert.match(startLines(facts({}), built), /^Config {4}none found: [^]*init --from-env/m);
});

Deno.test("it is said where records go, what is in them and how they stop", () => {
  assert.match(
    startLines(facts({}), built),
    /^Records {3}\/srv\/data\/records\/, .* prompts and answers included; .*false/m,
  );
  const lean = { records: { bodies: "metadata", to: "stdout" } };
  assert.match(startLines(facts({ config: lean }), built), /^Records {3}standard output, without prompts/m);
  assert.match(startLines(facts({ config: { records: { enabled: false } } }), built), /^Records {3}off$/m);
});
