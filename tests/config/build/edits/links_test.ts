import assert from "node:assert/strict";
import { Authorities } from "../../../../src/config/edits/link_config.ts";
import { diffConfigs } from "../../../../src/config/diff.ts";
import { effectiveValues } from "../../../../src/config/effective.ts";
import { TEST_CA } from "../../../support/wire/tls_door.ts";
import { errorOf, loadText, problemsOf } from "../../load_text.ts";

const PROXY = "http://user:sesame-sesame@proxy.test:3128";
const WORLD = {
  env: { PROXY },
  files: { "/etc/tidegate/certs/ca.pem": `# ours\n${TEST_CA}`, "/etc/tidegate/no.pem": "no" },
};

const config = (pool: string, proxies = '{ "eu": "env:PROXY" }') =>
  `{ "proxies": ${proxies},\n"pools": [{ "provider": "openai", "keys": ["sk-1"], ${pool} }] }`;

Deno.test("links: pools, upstreams and keys name proxies, pools and upstreams a CA", () => {
  const text = `{ "proxies": { "eu": "env:PROXY", "tor": "socks5://127.0.0.1:9050" }, "pools": [{
    "provider": "openai", "proxy": "eu", "tls": { "ca": "file:certs/ca.pem" },
    "upstreams": [{ "url": "https://a.test/v1", "proxy": "none" }],
    "keys": [{ "key": "sk-1", "proxy": "tor", "organization": "org-1" }, "sk-2"],
    "organization": "org-0", "project": "p"
  }] }`;
  const loaded = loadText(text, WORLD);
  const [pool] = loaded.config.pools;
  assert.equal(pool?.link?.proxy, "eu");
  assert.equal(pool?.link?.ca?.certificates.length, 1);
  assert.equal(pool?.upstreams[0]?.link?.proxy, "none");
  const [first, second] = typeof pool?.keys === "object" ? pool.keys : [];
  assert.deepEqual([first?.link?.proxy, first?.account?.organization], ["tor", "org-1"]);
  assert.deepEqual([second?.link, second?.account], [undefined, undefined]);
  assert.deepEqual(loaded.config.proxies?.map(({ name, url }) => [name, url?.reveal()]), [
    ["eu", PROXY],
    ["tor", "socks5://127.0.0.1:9050"],
  ]);
  assert.deepEqual(loaded.secretFiles, ["/etc/tidegate/certs/ca.pem"], "it is watched");
});

Deno.test("links: what cannot be is told with its place", () => {
  const cases: readonly [string, RegExp][] = [
    [config('"proxy": "uE"'), /^2:.*proxy: no proxy has this name; did you mean "eu"\?$/],
    [config('"tls": { "ca": "file:gone.pem" }'), /^2:.*tls\.ca: file gone\.pem does not exist$/],
    [config('"tls": { "ca": "file:no.pem" }'), /^2:.*tls\.ca: holds no certificate; /],
    [
      config('"tls": { "ca": "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----" }'),
      /^2:.*tls\.ca: holds a certificate that cannot be read$/,
    ],
    [config('"enabled": true', '{ "none": "http://a.test" }'), /^1:.*a name is 1 to 64/],
    [config('"enabled": true', '{ "eu": "ftp://a.test" }'), /^1:.*is no proxy's URL/],
    [config('"enabled": true', '{ "eu": "http://a.test/path" }'), /^1:.*is no proxy's URL/],
    [config('"enabled": true', '{ "eu": "http://u:%zz@a.test" }'), /^1:.*is no proxy's URL/],
  ];
  for (const [text, expected] of cases) {
    const [problem = "", ...more] = problemsOf(text, WORLD);
    assert.match(problem, expected);
    assert.deepEqual(more, []);
  }
});

Deno.test("links: a proxy whose secret is missing is told as missing, and stands in nobody's way to load", () => {
  const loaded = loadText(config('"proxy": "eu"'));
  assert.deepEqual(loaded.missing.map(({ reference }) => reference), ["env:PROXY"]);
  assert.deepEqual(loaded.config.proxies, [{ name: "eu", url: undefined }]);
});

Deno.test("links: neither proxies' URLs nor values of rules are shown anywhere", () => {
  const secret = "sesame-sesame";
  const wrong =
    `{ "pools": [{ "provider": "openai", "keys": ["sk-1"], "wrong": 1, "headers": { "request": { "set": {
    "text": "${secret}", "x-a": "${secret}" } } }, "parameters": { "default": { "text": "${secret}" } } }],
    "proxies": { "name": "http://${secret}.test", "url": "${PROXY}" }, "wrong": 1 }`;
  assert.doesNotMatch(errorOf(wrong).explain(), /sesame/);
  const rules = (value: string) =>
    `"proxy": "eu", "headers": { "request": { "set": { "x-a": "${value}" } } }`;
  const before = loadText(config(rules(secret)), WORLD);
  const after = loadText(config(rules(`${secret}-2`)), { ...WORLD, env: { PROXY: `${PROXY}0` } });
  const lines = diffConfigs(before.config, after.config);
  assert.deepEqual(lines, ["pool openai: request headers changed", "proxy eu: URL changed"]);
  assert.doesNotMatch(JSON.stringify(effectiveValues(before)), /sesame/);
});

Deno.test("links: what is in force is told with its place, and a new certificate is a change", () => {
  const text = config(`"tls": { "ca": "file:certs/ca.pem" }, "proxy": "none",
    "parameters": [{ "set": { "a.b": 1 }, "delete": ["n"], "models": ["gpt-*"] }, { "default": { "t": 1 } }],
    "headers": { "response": { "remove": ["x-a"], "formats": ["openai_chat"] } }`);
  const loaded = loadText(text, WORLD);
  const shown = effectiveValues(loaded).filter(({ scope }) => scope === "pool openai")
    .map(({ name, value, source }) => [name, value, source]);
  const digest = loaded.config.pools[0]?.link?.ca?.digest;
  assert.deepEqual(shown.slice(-4), [
    ["parameters", "set a.b delete n for gpt-*; default t", "pools[0].parameters"],
    ["headers.response", "remove x-a in openai_chat", "pools[0].headers.response"],
    ["proxy", "none", "pools[0].proxy"],
    ["tls.ca", `1 (${digest})`, "pools[0].tls.ca"],
  ]);
  const files = { "/etc/tidegate/certs/ca.pem": TEST_CA + TEST_CA };
  const [line = ""] = diffConfigs(loaded.config, loadText(text, { ...WORLD, files }).config);
  assert.match(line, /^pool openai: link\.ca\.count 1 → 2, link\.ca\.digest /);
  assert.equal(Deno.inspect(new Authorities([TEST_CA])).includes("BEGIN"), false);
});
