import assert from "node:assert/strict";
import type { HeaderFields } from "../../src/core/exchange.ts";
import { OUTCOME_CLASSES } from "../../src/core/outcome.ts";
import { registryOf } from "../../src/core/registry.ts";
import { Secret } from "../../src/core/secret.ts";
import * as formats from "../../src/formats/mod.ts";
import * as module from "../../src/providers/mod.ts";
import type { Provider } from "../../src/providers/provider.ts";

const providers = registryOf<Provider>(module);
const formatTypes = registryOf<{ readonly type: string }>(formats).types;

/** Header fields that carry a credential at some vendor. */
const CREDENTIAL_FIELDS = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

for (const provider of providers.all) {
  const promise = (text: string, run: () => void) => Deno.test(`provider ${provider.type}: ${text}`, run);

  promise("its type is a plain word", () => assert.match(provider.type, /^[a-z][a-z0-9_]*$/));

  promise("it speaks only formats that exist, each named once", () => {
    assert.ok(provider.formats.length > 0);
    assert.equal(new Set(provider.formats).size, provider.formats.length);
    for (const format of provider.formats) assert.ok(formatTypes.includes(format), format);
  });

  promise("its default URL can be joined, or is one that a simulated vendor answers for", () => {
    if (provider.defaultUrl === undefined || provider.defaultUrl.startsWith("simulated://")) return;
    assert.match(provider.url(provider.defaultUrl, "/v1/models"), /^https:\/\/.+\/models$/);
  });

  promise("url() stays under the base and takes the joint once", () => {
    for (
      const base of [
        "https://host",
        "https://host/v1",
        "https://host/p/q",
        "https://host/p/v1/",
        "http://[::1]:80/v1",
      ]
    ) {
      const joined = provider.url(base, "/v1/chat/completions");
      assert.ok(joined.startsWith(base.replace(/\/$/, "") + "/"), `${base} → ${joined}`);
      assert.ok(joined.endsWith("/chat/completions") && !joined.includes("/v1/v1"), joined);
    }
  });

  promise("url() refuses paths that leave the base, and bases that are no http URL", () => {
    for (const path of ["/v1/../x", "/v1/%2e%2e/x", "//host/x", "/v1\\x", "/v1/a b", "v1/x"]) {
      assert.throws(() => provider.url("https://host/v1", path), RangeError, path);
    }
    for (const base of ["", "host", "simulated://vendor", "file:///etc", "https://a:b@host"]) {
      assert.throws(() => provider.url(base, "/v1/models"), RangeError, base);
    }
  });

  promise("authorize sets exactly one credential and leaves other fields alone", () => {
    const headers: HeaderFields = { accept: "text/event-stream", "openai-organization": "org-1" };
    provider.authorize(headers, new Secret("sk-conformance-1234"));
    const set = CREDENTIAL_FIELDS.filter((name) => headers[name] !== undefined);
    assert.equal(set.length, 1);
    assert.ok(String(headers[set[0] ?? ""]).endsWith("sk-conformance-1234"));
    assert.deepEqual(Object.keys(headers).sort(), ["accept", "openai-organization", ...set].sort());
    for (const name of Object.keys(headers)) assert.equal(name, name.toLowerCase());
  });

  promise("authorize replaces a credential that stood there", () => {
    const headers: HeaderFields = {};
    provider.authorize(headers, new Secret("first"));
    provider.authorize(headers, new Secret("second"));
    assert.ok(!JSON.stringify(headers).includes("first"));
  });

  promise("its error rules are well formed", () => {
    const seen = new Set<string>();
    for (const rule of provider.errors) {
      const told = JSON.stringify(rule);
      assert.ok(OUTCOME_CLASSES.includes(rule.class), told);
      assert.notEqual(rule.class, "ok", told);
      assert.notEqual(rule.code ?? rule.text ?? rule.status, undefined, `no condition: ${told}`);
      for (const word of [rule.code, rule.text]) {
        if (word === undefined) continue;
        assert.equal(word, word.toLowerCase(), told);
        assert.ok(word.trim() === word && word.length > 2, told);
      }
      const [from, to] = typeof rule.status === "number"
        ? [rule.status, rule.status]
        : rule.status ?? [400, 599];
      assert.ok(200 <= from && from <= to && to <= 599, told);
      // One sight is enough only where the vendor speaks of the credential itself.
      if (rule.explicit === true) assert.ok(["key_invalid", "not_permitted"].includes(rule.class), told);
      const condition = JSON.stringify([rule.status, rule.code, rule.text]);
      assert.ok(!seen.has(condition), `never reached: ${told}`);
      seen.add(condition);
    }
  });
}
