import assert from "node:assert/strict";
import { renderExplanation } from "../../src/cli/explain/render_explanation.ts";
import { Secret } from "../../src/core/secret.ts";
import { explain } from "../../src/gateway/explain.ts";
import { buildGeneration } from "../../src/gateway/generation.ts";
import { EndpointIdentity } from "../../src/gateway/routing/endpoint_identity.ts";
import { LoadTable } from "../../src/gateway/routing/endpoints/load_table.ts";
import { loadText } from "../config/load_text.ts";

Deno.test("keys that were found to share a limit are told by name, those of other routes are not", () => {
  const { config } = loadText(`{ "pools": [
    { "name": "a", "provider": "openai", "models": ["m"],
      "keys": [{ "key": "k1", "name": "one" }, { "key": "k2", "name": "two" }, { "key": "k3", "name": "three" }] },
    { "name": "b", "provider": "openai", "models": ["other"], "keys": ["k4", "k5"] }
  ] }`);
  const generation = buildGeneration(
    config,
    {
      identity: new EndpointIdentity(new Uint8Array(32)),
      loads: new LoadTable(),
      callableUrl: (url) => url,
      newAtMs: undefined,
      ownTenantKey: new Secret("sk-tg-0123456789abcdefghij"),
    },
    { number: 1, builtMs: 0, before: undefined },
  );
  const scopesOf = (pool: string) =>
    [...generation.endpoints.values()].filter((endpoint) => endpoint.pool === pool)
      .map(({ scopes }) => scopes.key);
  const [one = "", , three = ""] = scopesOf("a");
  const explanation = explain({ model: "m" }, generation, {
    health: { exclusion: () => undefined },
    quota: {
      shortage: () => undefined,
      headroom: () => 1,
      rate: () => undefined,
      groups: () => [
        { members: [one, three], coincidences: 24, sinceMs: 5 },
        { members: scopesOf("b"), coincidences: 9, sinceMs: 6 },
      ],
    },
    nowMs: 0,
    random: () => 0,
  });
  assert.deepEqual(explanation.sharedLimits, [{ keys: ["one", "three"], coincidences: 24, sinceMs: 5 }]);
  assert.match(
    renderExplanation(explanation),
    /Found to share a limit\n {4}keys one, three \(24 coincidences\)/,
  );
});
