import assert from "node:assert/strict";
import fc from "fast-check";
import type { Config, KeyConfig } from "../../../../src/config/config.ts";
import { loadSteps } from "../../../../src/config/load.ts";
import { atOnce } from "../../../../src/core/time/steps.ts";
import { loadText } from "../../load_text.ts";

const textOf = (keys: unknown) => JSON.stringify({ pools: [{ provider: "openai", keys }] });
const keysOf = ({ pools }: Config): readonly KeyConfig[] => {
  const keys = pools[0]?.keys;
  return Array.isArray(keys) ? keys : [];
};

function loadedAfter(before: Config, keys: unknown): readonly KeyConfig[] {
  const source = { text: textOf(keys), file: "c.jsonc", env: () => undefined, readSecretFile: () => "" };
  return keysOf(atOnce(loadSteps(source, { config: before })).config);
}

Deno.test("a key that stays as it is stays the same object, wherever it stands now", () => {
  const limits = { requestsPerMinute: 5 };
  const written = [{ key: "key-one-0123", limits, models: ["a", "b"] }, "key-two-0123", {
    key: "key-three-01",
    name: "three",
  }];
  const before = loadText(textOf(written)).config;
  const [one, two, three] = keysOf(before);
  assert.deepEqual(loadedAfter(before, written.toReversed()).map((key) => [three, two, one].indexOf(key)), [
    0,
    1,
    2,
  ]);
});

Deno.test("a key of which anything changed is another object with the same secret", () => {
  const plain = { key: "key-one-0123", name: "one", weight: 2, priority: 1, note: "n", quotaGroup: "g" };
  const before = loadText(textOf([plain])).config;
  const [former] = keysOf(before);
  const changes = [
    { name: "other" },
    { weight: 3 },
    { priority: 2 },
    { enabled: false },
    { note: "m" },
    { quotaGroup: "h" },
    { models: ["a"] },
    { limits: { concurrency: 1 } },
    { organization: "org" },
    { proxy: "none" },
  ];
  for (const change of changes) {
    const [now] = loadedAfter(before, [{ ...plain, ...change }]);
    assert.ok(now !== undefined && now !== former, JSON.stringify(change));
    assert.equal(now.secret, former?.secret);
  }
  assert.equal(loadedAfter(before, [plain])[0], former);
});

Deno.test("a key with a proxy of its own is made anew: the proxy's URL may have changed", () => {
  const before = loadText(textOf([{ key: "key-one-0123", proxy: "none" }])).config;
  assert.notEqual(loadedAfter(before, [{ key: "key-one-0123", proxy: "none" }])[0], keysOf(before)[0]);
});

Deno.test("a key stays the same object however the keys around it change", () => {
  const secret = fc.integer({ min: 0, max: 30 }).map((number) => `key-${String(number).padStart(8, "0")}`);
  const lists = fc.uniqueArray(secret, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(lists, lists, (first, second) => {
      const before = loadText(textOf(first)).config;
      const bySecret = new Map(keysOf(before).map((key) => [key.secret.reveal(), key]));
      const after = loadedAfter(before, second);
      assert.deepEqual(after.map(({ secret }) => secret.reveal()), second);
      for (const key of after) {
        const former = bySecret.get(key.secret.reveal());
        if (former !== undefined) assert.equal(key, former);
      }
    }),
    { seed: 6, numRuns: 300 },
  );
});

Deno.test("keys that come twice are used once and told, whatever stood in the list before", () => {
  const secret = fc.integer({ min: 0, max: 8 }).map((number) => `key-${String(number).padStart(8, "0")}`);
  const lists = fc.array(secret, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(lists, lists, (first, second) => {
      const before = loadText(textOf(first)).config;
      const source = {
        text: textOf(second),
        file: "c.jsonc",
        env: () => undefined,
        readSecretFile: () => "",
      };
      const { config, warnings } = atOnce(loadSteps(source, { config: before }));
      const once = [...new Set(second)];
      assert.deepEqual(keysOf(config).map((key) => key.secret.reveal()), once);
      assert.deepEqual(warnings, atOnce(loadSteps(source)).warnings);
      assert.equal(
        warnings.filter(({ message }) => /used once/.test(message)).length,
        second.length - once.length,
      );
    }),
    { seed: 7, numRuns: 500 },
  );
});

/** Loads a config with a key file and a variable, after another. */
function loadedOf(members: object, { file = "", variable = "" }, before?: Config) {
  const source = {
    text: JSON.stringify({ pools: [{ provider: "openai", keys: ["file:keys.txt", "env:KEY"], ...members }] }),
    ...{ file: "c.jsonc", env: () => variable, readSecretFile: () => file },
  };
  return atOnce(loadSteps(source, { config: before }));
}

Deno.test("a list made of the same text, file and variable is the same list, whatever else of its pool changes", () => {
  const from = { file: "key-one-0123\nkey-two-0123\n", variable: "key-three-01" };
  const before = loadedOf({}, from).config;
  assert.equal(loadedOf({ weight: 3 }, from, before).config.pools[0]?.keys, before.pools[0]?.keys);
  for (
    const change of [
      { ...from, file: "key-one-0123\nkey-four-012\n" },
      { ...from, variable: "key-other-01" },
    ]
  ) {
    const after = loadedOf({}, change, before).config;
    assert.notEqual(after.pools[0]?.keys, before.pools[0]?.keys);
    assert.equal(keysOf(after)[0], keysOf(before)[0]);
    assert.deepEqual(
      keysOf(after).map(({ secret }) => secret.reveal()),
      [...change.file.trim().split("\n"), change.variable],
    );
  }
});

Deno.test("a list with a key that comes twice warns of it at every load", () => {
  const from = { file: "key-one-0123\nkey-one-0123\n", variable: "key-three-01" };
  const first = loadedOf({}, from);
  const second = loadedOf({}, from, first.config);
  assert.equal(first.warnings.length, 1);
  assert.deepEqual(second.warnings, first.warnings);
});
