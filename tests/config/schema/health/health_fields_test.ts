import assert from "node:assert/strict";
import { DEFAULT_SETTINGS, effectiveSettings } from "../../../../src/config/settings.ts";
import { loadText, problemsOf } from "../../load_text.ts";

/** The settings of a pool for which `members` says something. */
function settingsOf(members: string, defaults = "{}") {
  const { config } = loadText(
    `{ "defaults": ${defaults}, "pools": [{ "provider": "openai", "keys": ["k"], ${members} }] }`,
  );
  return effectiveSettings(config, config.pools[0]);
}

Deno.test("health: each threshold is overridden by itself, down to the innermost member", () => {
  const { health } = settingsOf(
    `"health": { "consecutive": 0, "window": { "failures": 10 }, "eject": { "max": "1h" } }`,
    `{ "health": { "window": { "span": "5m" }, "rate": { "share": 0.25 }, "eject": { "max": "2h", "base": "1m" } } }`,
  );
  assert.deepEqual(health, {
    consecutive: 0,
    window: { failures: 10, spanMs: 300_000 },
    rate: { ...DEFAULT_SETTINGS.health.rate, share: 0.25 },
    eject: { baseMs: 60_000, maxMs: 3_600_000 },
    keyInvalidAfter: 2,
  });
});

Deno.test("probe: passive where nothing is said, a word or an object, taken as a whole", () => {
  assert.deepEqual(settingsOf("").probe, { mode: "passive" });
  assert.deepEqual(settingsOf(`"probe": "off"`).probe, { mode: "off" });
  const plain = {
    mode: "active",
    method: "GET",
    path: "/v1/models",
    expect: [[200, 299]],
    everyMs: 30_000,
    timeoutMs: 10_000,
  };
  assert.deepEqual(settingsOf(`"probe": "active"`).probe, plain);
  assert.deepEqual(settingsOf(`"probe": { "mode": "active" }`, `{ "probe": "off" }`).probe, plain);
  assert.deepEqual(
    settingsOf(
      `"probe": { "mode": "active", "method": "HEAD", "path": "/healthz", "expect": [204, "400-404"], "every": "5s", "timeout": "1s" }`,
    ).probe,
    {
      ...plain,
      method: "HEAD",
      path: "/healthz",
      expect: [[204, 204], [400, 404]],
      everyMs: 5000,
      timeoutMs: 1000,
    },
  );
});

Deno.test("health and probe: what cannot be is refused where it stands", () => {
  const pool = (members: string) => `{ "pools": [{ "provider": "openai", "keys": ["k"], ${members} }] }`;
  const refused: [string, RegExp][] = [
    [`"health": { "consecutive": -1 }`, /health\.consecutive/],
    [`"health": { "consecutve": 1 }`, /did you mean "consecutive"/],
    [`"health": { "rate": { "share": 1.5 } }`, /health\.rate\.share/],
    [`"health": { "window": { "span": "2h" } }`, /must be from 1s to 1h/],
    [`"probe": "sometimes"`, /pools\[0\]\.probe: must be "off", "passive", "active"/],
    [`"probe": { "mode": "active", "path": "models" }`, /probe/],
    [`"probe": { "mode": "active", "expect": "404-400" }`, /probe/],
  ];
  for (const [members, expected] of refused) assert.match(problemsOf(pool(members)).join("\n"), expected);
});
