import assert from "node:assert/strict";
import { RELAY_PRESETS } from "../../../src/providers/relays/relay_presets.ts";
import { loadText, problemsOf } from "../load_text.ts";

function pool(errors: string): string {
  return `{ "pools": [{ "provider": "openai", "keys": ["k"], "errors": ${errors} }] }`;
}

function rulesOf(errors: string) {
  return loadText(pool(errors)).config.pools[0]?.errors;
}

Deno.test("errors: rows keep their order, a list of statuses is a row for each range", () => {
  assert.deepEqual(rulesOf(`[{ "status": [429, "500-599"], "text": "Rest NOW", "class": "overloaded" }]`), [
    { class: "overloaded", text: "rest now", status: [429, 429] },
    { class: "overloaded", text: "rest now", status: [500, 599] },
  ]);
  assert.deepEqual(
    rulesOf(`[{ "code": "A_B", "class": "client_fault" }, { "status": 403, "class": "broken" }]`),
    [{ class: "client_fault", code: "a_b" }, { class: "broken", status: [403, 403] }],
  );
});

Deno.test("errors: words for a bad key are explicit, its bare status is not", () => {
  assert.deepEqual(
    rulesOf(
      `[{ "text": "no such token", "class": "key_invalid" }, { "status": 401, "class": "key_invalid" }]`,
    ),
    [
      { class: "key_invalid", text: "no such token", explicit: true },
      { class: "key_invalid", status: [401, 401] },
    ],
  );
  assert.deepEqual(
    rulesOf(
      `[{ "code": "no_scope", "class": "not_permitted" }, { "status": 403, "class": "not_permitted" }]`,
    ),
    [
      { class: "not_permitted", code: "no_scope", explicit: true },
      { class: "not_permitted", status: [403, 403] },
    ],
  );
});

Deno.test("errors: a preset stands for its rows, where it is named", () => {
  const rules = rulesOf(`[{ "status": 418, "class": "broken" }, "litellm"]`) ?? [];
  assert.deepEqual(rules.slice(1), RELAY_PRESETS.litellm.rules);
  assert.deepEqual(
    loadText(`{ "pools": [{ "provider": "openai", "keys": ["k"] }] }`).config.pools[0]?.errors,
    [],
  );
});

Deno.test("errors: a row without a condition, an unknown class or preset and an impossible range are refused", () => {
  const refused: [string, RegExp][] = [
    [`[{ "class": "broken" }]`, /errors\[0\]: would hold for every error; give it a "status"/],
    [`[{ "status": 429, "class": "ok" }]`, /errors/],
    [`[{ "status": 429 }]`, /errors/],
    [`["newapi"]`, /errors/],
    [`[{ "status": "599-500", "class": "broken" }]`, /errors/],
    [`[{ "status": "5xx", "class": "broken" }]`, /errors/],
  ];
  for (const [errors, expected] of refused) assert.match(problemsOf(pool(errors)).join("\n"), expected);
});
