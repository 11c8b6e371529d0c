import assert from "node:assert/strict";
import { errorOf, loadText, problemsOf, warningsOf } from "./load_text.ts";

/** A config of one pool that has these members beside its provider and a key. */
const pool = (members: string) => `{ "pools": [{ "provider": "openai", "keys": ["k1"], ${members} }] }`;

Deno.test("load: the smallest config has a default for everything else", () => {
  const { config, warnings, missing } = loadText(
    '{ "pools": [{ "provider": "openai", "keys": ["env:OPENAI_API_KEY"] }] }',
    { env: { OPENAI_API_KEY: "sk-one" } },
  );
  assert.deepEqual(config.listen, { host: "127.0.0.1", port: 4283 });
  assert.deepEqual(config.trustedProxies, ["127.0.0.0/8", "::1/128"]);
  assert.equal(config.body.maxBytes, 67_108_864);
  assert.deepEqual([config.tenants, config.routes, config.cors.origins], [[], [], []]);
  assert.equal(config.state.store, "deno_kv");
  assert.equal(config.records.maxTotalBytes, 10_737_418_240);
  const [only] = config.pools;
  assert.equal(only?.name, "openai");
  assert.deepEqual(only?.models, ["*"]);
  assert.equal(only?.upstreams[0]?.url, "https://api.openai.com/v1");
  assert.equal(only?.upstreams[0]?.name, "api.openai.com");
  assert.ok(Array.isArray(only?.keys));
  assert.equal(only.keys[0]?.secret.reveal(), "sk-one");
  assert.deepEqual([warnings, missing], [[], []]);
});

Deno.test("load: an empty object is a config, an empty file is not", () => {
  assert.deepEqual(loadText("{}").config.pools, []);
  assert.deepEqual(problemsOf(" \n"), ["1:1 : the file is empty; write at least {}"]);
});

/** A config and the problem it has. */
const MISTAKES: [string, string][] = [
  ['{ "pool": [] }', '1:3 pool: unknown member; did you mean "pools"?'],
  ["[]", "1:1 : must be an object, not a list"],
  [pool('"wieght": 1'), '1:53 pools[0].wieght: unknown member; did you mean "weight"?'],
  [pool('"weight": -1'), "1:63 pools[0].weight: must be at least 0"],
  [pool('"weight": "2"'), "1:63 pools[0].weight: must be a number, not a string"],
  [pool('"enabled": "no"'), "1:64 pools[0].enabled: must be true or false, not a string"],
  [pool('"priority": 1.5'), "1:65 pools[0].priority: must be a whole number"],
  [
    pool('"deadlines": { "idle": 30 }'),
    '1:76 pools[0].deadlines.idle: must be a duration in double quotes with its unit: "250ms", "30s", "5m", "1h" or "2d"',
  ],
  [pool('"deadlines": { "idle": "2d" }'), "1:76 pools[0].deadlines.idle: must be from 1ms to 1d"],
  [
    pool('"deadlines": { "idel": "2s" }'),
    '1:68 pools[0].deadlines.idel: unknown member; did you mean "idle"?',
  ],
  [
    pool('"affinity": "on"'),
    '1:65 pools[0].affinity: must be "off" or an object such as { "by": "prefix", "ttl": "300s" }',
  ],
  [pool('"affinity": { "ttl": "5m" }'), "1:65 pools[0].affinity.by: is required"],
  [
    pool('"affinity": { "by": "header" }'),
    '1:65 pools[0].affinity.name: is required: which request field, such as "x-user-id"',
  ],
  [
    pool('"affinity": { "by": "ip", "name": "x-user-id" }'),
    '1:87 pools[0].affinity.name: belongs to "by": "header" alone',
  ],
  [
    pool('"affinity": { "by": "header", "name": "no field" }'),
    "1:91 pools[0].affinity.name: must be the name of a request field",
  ],
  [pool('"retry": { "attempts": 0 }'), "1:76 pools[0].retry.attempts: must be at least 1"],
  [pool('"upstreams": []'), "1:66 pools[0].upstreams: must have at least 1 entry"],
  [
    '{ "records": { "maxTotal": 5 } }',
    '1:28 records.maxTotal: must be a size in double quotes with its unit: "64KB", "32MB" or "10GB" (powers of 1024)',
  ],
  ['{ "state": { "store": "redis" } }', '1:23 state.store: must be one of "deno_kv", "memory"'],
  ['{ "listen": "4283" }', '1:13 listen: must be "HOST:PORT", such as "127.0.0.1:4283" or "[::1]:4283"'],
  [
    '{ "trustedProxies": ["10.0.0.0/33"] }',
    '1:22 trustedProxies[0]: must be an IP address, a CIDR range such as "10.0.0.0/8", "loopback" or "private"',
  ],
  [
    '{ "tenants": [{ "name": "a", "keys": "k" }] }',
    "1:38 tenants[0].keys: must be a list, not a string",
  ],
  [
    '{ "pools": [{ "provider": "openai", "keys": "k" }] }',
    '1:45 pools[0].keys: must be a list of keys, or "client" to pass the caller\'s own credential on',
  ],
  [
    '{ "pools": [{ "provider": "openai_compatible" }] }',
    '1:13 pools[0]: needs "upstreams"; write "upstreams": ["https://…"]; provider openai_compatible has no address of its own',
  ],
  [
    '{ "logs": { "files": [{ "name": "../x" }] } }',
    "1:33 logs.files[0].name: must be 1 to 64 letters, digits, '.', '_' or '-', and begin with a letter or digit",
  ],
  ['{ "a": 1,\n  "listen": "x:1" "state": {} }', "2:19 : a comma is missing before this"],
];

Deno.test("load: every kind of mistake is told at its place with what to do", () => {
  for (const [text, expected] of MISTAKES) {
    const found = problemsOf(text);
    if (expected.includes("state.store")) {
      assert.match(found.join("\n"), /^1:23 state\.store: must be one of .*"memory"$/);
    } else {assert.ok(
        found.includes(expected),
        `${text}\nexpected ${expected}\nfound    ${found.join("\n         ")}`,
      );}
  }
});

Deno.test("load: all problems are told at once, in the order of the text, across all checks", () => {
  const text = `{
  "listen": "nowhere",
  "tenants": [{ "name": "web", "keys": ["a b"], "limts": 3 }, { "name": "web", "keys": ["k"] }],
  "pools": [
    { "provider": "opnai" },
    { "name": "b", "provider": "openai_compatible", "upstreams": ["ftp://host"], "keys": ["k"] },
    { "name": "b", "provider": "openai", "keys": [5] },
    { "name": "b", "provider": "openai", "keys": ["k"] },
  ],
  "routes": [{ "model": "auto", "to": "bb/x" }, { "model": "auto", "to": ["b/x"] }],
  "recrods": {},
}`;
  assert.deepEqual(problemsOf(text).map((line) => line.split(": ")[0]), [
    "2:13 listen",
    "3:41 tenants[0].keys[0]",
    "3:49 tenants[0].limts",
    "3:73 tenants[1].name",
    "5:19 pools[0].provider",
    "6:67 pools[1].upstreams[0]",
    "7:51 pools[2].keys[0]",
    "8:15 pools[3].name",
    "10:39 routes[0].to",
    "10:60 routes[1].model",
    "10:74 routes[1].to",
    "11:3 recrods",
  ]);
});

Deno.test("load: a thousand problems are counted and the first hundred told", () => {
  const error = errorOf(`{ "routes": [${'{ "model": "" }, '.repeat(1000)}] }`);
  assert.equal(error.problems.length, 100);
  assert.equal(error.count, 2000);
  assert.match(error.explain(), /and 1900 more\n$/);
});

Deno.test("load: x- members are ignored everywhere", () => {
  const { config } = loadText(
    '{ "x-a": 1, "pools": [{ "provider": "openai", "x-b": 1, "keys": [{ "key": "k", "x-c": 1 }], "retry": { "x-d": 1 } }] }',
  );
  assert.equal(config.pools.length, 1);
});

Deno.test("load: a duplicate member is an error, whichever of the two was meant", () => {
  assert.deepEqual(problemsOf('{ "pools": [],\n "pools": [] }'), [
    "2:2 pools: this member comes twice; keep one",
  ]);
});

Deno.test("load: routes are one target, or tiers; a flat list is told both spellings", () => {
  const pools = '"pools": [{ "name": "a", "provider": "openai", "keys": ["k"] }]';
  const { config } = loadText(`{ ${pools}, "routes": [
    { "model": "one", "to": "a/vendor/model" },
    { "model": "tiers", "to": [["a/x", { "to": "a/y", "weight": 3 }], ["a/*"]] }
  ] }`);
  assert.deepEqual(config.routes.map((route) => route.tiers), [
    [[{ pool: "a", model: "vendor/model", weight: 1 }]],
    [
      [{ pool: "a", model: "x", weight: 1 }, { pool: "a", model: "y", weight: 3 }],
      [{ pool: "a", model: undefined, weight: 1 }],
    ],
  ]);
  const [problem] = problemsOf(`{ ${pools}, "routes": [{ "model": "m", "to": ["a/x", "a/y"] }] }`);
  assert.ok(
    problem?.endsWith(
      'write [["a/x", "a/y"]] to share the load, or [["a/x"], ["a/y"]] to try one after the other',
    ),
  );
});

Deno.test("load: targets name pools that exist, and one model", () => {
  const text = (target: string) =>
    `{ "pools": [{ "provider": "openai", "keys": ["k"] }], "routes": [{ "model": "m", "to": "${target}" }] }`;
  assert.match(problemsOf(text("opanai/x"))[0] ?? "", /no pool has this name; did you mean "openai\/x"\?$/);
  assert.match(problemsOf(text("elsewhere/x"))[0] ?? "", /no pool has this name; pools: openai$/);
  assert.match(problemsOf(text("openai/gpt-*"))[0] ?? "", /one name; write "openai\/\*"/);
  assert.match(problemsOf(text("openai"))[0] ?? "", /must be "pool\/model"/);
});

Deno.test("load: keys none, client, missing and listed are four different things", () => {
  const keysOf = (keys: string) =>
    loadText(`{ "pools": [{ "provider": "openai", ${keys} "models": ["m"] }] }`).config.pools[0]?.keys;
  assert.equal(keysOf(""), "none");
  assert.equal(keysOf('"keys": [],'), "none");
  assert.equal(keysOf('"keys": "client",'), "client");
  assert.deepEqual(keysOf('"keys": ["env:NOT_SET"],'), []);
  assert.equal(keysOf('"keys": ["k1", "k2"],')?.length, 2);
});

Deno.test("load: upstreams are named after their hosts, their URLs spelled one way", () => {
  const { config } = loadText(`{ "pools": [{ "provider": "openai_compatible", "upstreams": [
    "HTTPS://Example.com:443/v1/", { "url": "https://example.com/other", "weight": 0 }, { "url": "http://[::1]:8000", "name": "mine" }
  ] }] }`);
  const upstreams = config.pools[0]?.upstreams.map(({ name, url, weight }) => [name, url, weight]);
  assert.deepEqual(upstreams, [
    ["example.com", "https://example.com/v1", 1],
    ["example.com-2", "https://example.com/other", 0],
    ["mine", "http://[::1]:8000", 1],
  ]);
});

Deno.test("load: what works but is hardly meant is a warning", () => {
  const rows: [string, RegExp][] = [
    [
      '{ "tenants": [{ "name": "a", "keys": ["short"] }] }',
      /tenants\[0\]\.keys\[0\]: this tenant key has fewer than 20/,
    ],
    ['{ "tenants": [{ "name": "a", "keys": ["sk-changeme-changeme-changeme"] }] }', /looks like a sample/],
    ['{ "tenants": [{ "name": "a", "keys": [] }] }', /nobody can call as this tenant/],
    ['{ "pools": [{ "provider": "openai" }] }', /pools\[0\]: sends no credential/],
    [
      '{ "pools": [{ "provider": "openai", "keys": ["k"], "models": [] }] }',
      /only \/proxy\/openai reaches it/,
    ],
    [
      '{ "pools": [{ "provider": "openai", "keys": ["k", "k"] }] }',
      /key 2 is the same as key 1; it is used once/,
    ],
    [
      '{ "pools": [{ "provider": "openai", "keys": ["k"], "enabled": false }], "routes": [{ "model": "m", "to": "openai/x" }] }',
      /routes\[0\]: leads nowhere/,
    ],
    [
      '{ "pools": [{ "provider": "openai", "keys": ["k"] }], "routes": [{ "model": "gpt-*", "to": "openai/*" }, { "model": "gpt-4*", "to": "openai/x" }] }',
      /routes\[1\]\.model: is never reached: routes\[0\] comes first/,
    ],
  ];
  for (const [text, expected] of rows) assert.match(warningsOf(text).join("\n"), expected, text);
});

Deno.test("load: a sound config has no warnings", () => {
  const text = `{
    "tenants": [{ "name": "a", "keys": ["sk-tg-k3u8x0q2m9v7b4n6c1z5"] }],
    "pools": [{ "provider": "openai", "keys": ["k"] }],
    "routes": [{ "model": "*", "to": "openai/x" }, { "model": "gpt-*", "to": "openai/*" }, { "model": "gpt-4", "to": "openai/y" }]
  }`;
  assert.deepEqual(warningsOf(text), []);
});

Deno.test("load: 10,000 keys are read within a second, good or bad", () => {
  const keys = Array.from({ length: 10_000 }, (_, at) => `"sk-${String(at).padStart(40, "0")}"`);
  const text = (last: string) =>
    `{ "pools": [{ "provider": "openai", "keys": [${[...keys, last].join(",\n")}] }] }`;
  const startMs = performance.now();
  const { config } = loadText(text('"k"'));
  const goodMs = performance.now() - startMs;
  assert.equal(config.pools[0]?.keys.length, 10_001);
  assert.ok(goodMs < 1000, `${goodMs} ms`);
  assert.equal(problemsOf(text('"a b"')).length, 1);
  const bothMs = performance.now() - startMs;
  assert.ok(bothMs - goodMs < 1000, `${bothMs - goodMs} ms`);
});
