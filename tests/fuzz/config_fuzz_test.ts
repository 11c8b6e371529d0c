import assert from "node:assert/strict";
import fc from "fast-check";
import { loadConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/config/problem.ts";

/** What every planted secret holds; no damage to the text around it may bring it to light. */
const CANARY = "k7CANARYq2";

const TEXT = `{
  // a key that was commented out: "sk-${CANARY}-comment"
  "listen": "127.0.0.1:4283",
  "tenants": [{ "name": "web", "keys": ["sk-tg-${CANARY}-tenant"], "models": ["gpt-*"], "debug": true }],
  "pools": [
    { "name": "a", "provider": "openai", "keys": ["sk-${CANARY}-one", { "key": "sk-${CANARY}-two", "weight": 2 }] },
    { "provider": "openai_compatible", "upstreams": [{ "url": "https://host/v1", "keys": ["${CANARY}"] }], "models": ["m"] },
  ],
  "routes": [{ "model": "auto", "to": [["a/x", { "to": "a/y", "weight": 3 }], ["openai_compatible/m"]] }],
  "records": { "maxTotal": "2GB" }
}`;

/** Pieces whose place or absence breaks JSON in every way a hand can. */
const SCRAPS = [
  '"',
  "'",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  "/",
  "//",
  "/*",
  "\n",
  " ",
  "x",
  "1",
  "null",
  "\u0000",
  "“",
];

/** One slip: from there, so many characters are replaced by a scrap. */
const slip = fc.record({
  at: fc.nat({ max: TEXT.length }),
  remove: fc.nat({ max: 3 }),
  insert: fc.oneof(fc.constant(""), fc.constantFrom(...SCRAPS)),
});

Deno.test("config fuzz: a damaged config loads or is refused in words, and no secret comes to light", () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.array(slip, { minLength: 1, maxLength: 4 }), (slips) => {
      let text = TEXT;
      for (const { at, remove, insert } of slips) text = text.slice(0, at) + insert + text.slice(at + remove);
      const shown: string[] = [];
      try {
        const loaded = loadConfig({
          text,
          file: "c.jsonc",
          env: () => undefined,
          readSecretFile: () => CANARY,
        });
        shown.push(loaded.warningsText(), JSON.stringify(loaded.missing));
      } catch (error) {
        assert.ok(error instanceof ConfigError, `not a ConfigError: ${error}`);
        assert.ok(error.problems.length > 0);
        refused++;
        shown.push(error.message, error.explain(), JSON.stringify(error.problems));
      }
      for (const one of shown) assert.ok(!one.includes(CANARY), one);
    }),
    { numRuns: 3000, seed: 20260101 },
  );
  assert.ok(refused > 1000, `only ${refused} were refused`);
});
