import assert from "node:assert/strict";
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
