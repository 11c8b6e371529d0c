import assert from "node:assert/strict";
import { secretLists } from "../../../src/gateway/building/secret_lists.ts";
import { loadText } from "../../config/load_text.ts";

const { config } = loadText(`{
  "pools": [
    { "provider": "openai", "keys": ["key-one-0123", "key-two-0123"] },
    { "name": "other", "provider": "openai", "enabled": false, "keys": [{ "key": "key-off-0123", "enabled": false }],
      "upstreams": [{ "url": "https://one.example/v1", "keys": ["key-own-0123"] }] },
    { "name": "open", "provider": "openai", "keys": "client" }
  ],
  "proxies": { "out": "http://user:pass%20word@proxy.example:3128" }
}`);

Deno.test("every key and what a proxy's URL holds is listed, also of what is switched off", () => {
  assert.deepEqual(
    new Set(secretLists(config).flat()),
    new Set([
      ...["key-one-0123", "key-two-0123", "key-off-0123", "key-own-0123"],
      ...["http://user:pass%20word@proxy.example:3128", "pass%20word", "pass word"],
    ]),
  );
});

Deno.test("a list of keys that stays the same object has the same list of secrets", () => {
  const [first] = secretLists(config);
  const pools = config.pools.map((pool) => ({ ...pool, weight: 9 }));
  assert.equal(secretLists({ ...config, pools })[0], first);
});
