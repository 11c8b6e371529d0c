import assert from "node:assert/strict";
import { problemLine, shownPath } from "../../src/config/problem.ts";
import { errorOf, loadText } from "./load_text.ts";

/** Parts that every planted secret shares. */
const CANARY = "CANARY7331";

Deno.test("problem: the line for a person has file, place, path, message and hint", () => {
  const problem = {
    path: "pools[0].provder",
    line: 12,
    column: 5,
    message: "unknown member",
    hint: "remove it",
  };
  assert.equal(
    problemLine("config.jsonc", problem),
    "config.jsonc:12:5  pools[0].provder: unknown member; remove it",
  );
});

Deno.test("problem: an error explains itself with the line and carets", () => {
  const error = errorOf('{\n  "pools": [{ "provder": "openai" }]\n}');
  assert.ok(
    error.explain().includes(
      '/etc/tidegate/config.jsonc:2:15  pools[0].provder: unknown member; did you mean "provider"?\n' +
        '    2 |   "pools": [{ "provder": *** }]\n' +
        "      |               ^^^^^^^^^\n",
    ),
  );
  assert.match(error.message, /config\.jsonc:2:13 {2}pools\[0\]\.provider: is required \(and 1 more\)$/);
});

Deno.test("problem: a member name that may be a misplaced secret is masked in its path", () => {
  assert.equal(shownPath(["pools", 0, "keys", 1, `sk-${CANARY}`]), "pools[0].keys[1].***");
});

Deno.test("problem: planted secrets appear in no text, however the config is wrong", () => {
  const world = {
    env: { GOOD: `sk-${CANARY}-env-good`, BAD: `sk-${CANARY} with a space` },
    files: { "/etc/tidegate/keys.txt": `sk-${CANARY}-one\nsk-${CANARY}\u200b-two\n“sk-${CANARY}”\n` },
  };
  const texts = [
    `{ "pools": [{ "provider": "openai", "keys": ["sk-${CANARY} x", "env:BAD", "file:keys.txt"] }] }`,
    `{ "pools": [{ "provider": "openai", "keys": "sk-${CANARY}" }] }`,
    `{ "pools": [{ "provider": "openai", "keys": [["sk-${CANARY}"], { "sk-${CANARY}": 1 }, { "kye": "sk-${CANARY}" }] }] }`,
    `{ "pools": [{ "provider": "sk-${CANARY}", "keys": ["k"] }] }`,
    `{ "pools": [{ "provider": "openai_compatible", "upstreams": ["https://u:${CANARY}@host/v1"] }] }`,
    `{ "pools": [{ "provider": "openai_compatible", "upstreams": ["https://host/v1?key=${CANARY}"] }] }`,
    `{ "tenants": [{ "name": "a", "keys": ["sk-${CANARY}-x"] }, { "name": "b", "keys": ["sk-${CANARY}-x"] }] }`,
    `{ "tenants": [{ "name": "sk ${CANARY}", "keys": ["“${CANARY}”"] }] }`,
    `{ "pools": [{ "provider": "openai", "keys": ["sk-${CANARY}" }] }`,
    `{ "pools": [{ "provider": "openai", "keys": [sk-${CANARY}] }] }`,
    `{ "pools": [{ "provider": "openai", "keys": ["sk-${CANARY}] }] }`,
    `{ "pools": [{ "provider": "openai", "keys": ["env:sk-${CANARY}"] }] }`,
    `{ "routes": [{ "model": "m", "to": "nowhere/x" }], "pools": [{ "provider": "openai", "keys": ["sk-${CANARY}"] }] }`,
  ];
  for (const text of texts) {
    const error = errorOf(text, world);
    const shown = [
      error.explain(),
      error.message,
      String(error.stack),
      JSON.stringify(error.problems),
      Deno.inspect(error, { depth: 10 }),
    ];
    for (const one of shown) assert.doesNotMatch(one, new RegExp(CANARY), `${text}\n${one}`);
  }
});

Deno.test("problem: a config in force prints no secret, nor do its warnings", () => {
  const loaded = loadText(
    `{
      "tenants": [{ "name": "a", "keys": ["${CANARY}"] }],
      "pools": [{ "provider": "openai", "keys": ["sk-${CANARY}", "sk-${CANARY}", "env:NOT_SET"] }]
    }`,
  );
  assert.equal(loaded.warnings.length, 2);
  for (const text of [Deno.inspect(loaded, { depth: 20 }), JSON.stringify(loaded), loaded.warningsText()]) {
    assert.doesNotMatch(text, new RegExp(`sk-${CANARY}|"${CANARY}"`));
  }
});
