import assert from "node:assert/strict";
import type { HeaderFields } from "../../src/core/exchange.ts";
import { OUTCOME_CLASSES } from "../../src/core/outcome.ts";
import { registryOf } from "../../src/core/registry.ts";
import { Secret } from "../../src/core/secret.ts";
import * as formats from "../../src/formats/mod.ts";
import * as module from "../../src/providers/mod.ts";
import type { Provider } from "../../src/providers/provider.ts";

const providers = registryOf<Provider>(module);
const formatTypes: readonly string[] = [
  ...registryOf<{ readonly type: string }>(formats).types,
];

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
    const joined = provider.url(provider.defaultUrl, "/v1/models");
    assert.match(
      joined,
      /^(https:\/\/|http:\/\/127\.0\.0\.1:).+\/models$/,
      "clear text only on this machine",
    );
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
    assert.deepEqual([headers["accept"], headers["openai-organization"]], ["text/event-stream", "org-1"]);
    for (const name of Object.keys(headers)) assert.equal(name, name.toLowerCase());
    // What a vendor wants beside the credential (its version) is set only where the client did not.
    const own = Object.fromEntries(Object.keys(headers).map((name) => [name, `client's ${name}`]));
    const again = { ...own };
    provider.authorize(again, new Secret("sk-conformance-1234"));
    for (const name of Object.keys(own)) if (!set.includes(name)) assert.equal(again[name], own[name], name);
  });

  promise("authorize replaces a credential that stood there", () => {
    const kinds = ["first", "sk-ant-oat01-first", "eyJ0eXAi.eyJhdWQi.first"];
    for (const kind of kinds) {
      for (const after of ["second", ...kinds.map((each) => each.replace("first", "second"))]) {
        const headers: HeaderFields = {};
        provider.authorize(headers, new Secret(kind));
        provider.authorize(headers, new Secret(after));
        assert.ok(!JSON.stringify(headers).includes("first"), `${kind}, then ${after}`);
        assert.equal(CREDENTIAL_FIELDS.filter((name) => headers[name] !== undefined).length, 1);
      }
    }
  });

  promise(
    "place() keeps the query, gives paths that can be joined, and nothing to a path it does not know",
    () => {
      const target = { model: "a model/x", query: "beta=true&x=%20", apiVersion: undefined };
      for (
        const path of [
          "/v1/chat/completions",
          "/v1/models",
          "/v1/responses/resp_1",
          "/v1/files",
          "/else/where",
        ]
      ) {
        for (const base of ["https://host", "https://host/v1", "https://host/p/openai/v1"]) {
          const placed = provider.place?.(base, path, target) ?? { path, query: target.query };
          assert.ok(placed.query.startsWith("beta=true&x=%20"), placed.query);
          const joined = provider.url(base, placed.path);
          assert.equal(new URL(joined).href, joined);
          assert.ok(joined.startsWith("https://host/"), joined);
          if (path === "/else/where") assert.deepEqual(placed, { path, query: target.query });
        }
      }
    },
  );

  promise("its model list is read leniently, page by page, whatever the vendor sends", () => {
    const { discovery } = provider;
    if (discovery === undefined) return;
    assert.match(provider.url("https://host", discovery.path), /^https:\/\/host\/.*models$/);
    assert.doesNotMatch(discovery.query, /^\?/);
    const odd = [null, "models", 7, [], [null], {}, { data: {} }, { data: [{ id: 7 }, null, { id: "" }] }];
    for (const page of [...odd, { models: [{ name: 7 }, { name: "models/" }] }, { data: [{ id: "a b" }] }]) {
      assert.deepEqual(discovery.read(page).models, [], JSON.stringify(page));
      assert.equal(discovery.read(page).next, undefined);
    }
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
        // Two Chinese characters say as much as a word does.
        assert.ok(word.trim() === word && word.length > (/[^ -~]/.test(word) ? 1 : 2), told);
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
