import assert from "node:assert/strict";
import fc from "fast-check";
import { joinUpstreamUrl } from "../../src/providers/url_joint.ts";

const CHAT = "/v1/chat/completions";

/** Base URL, front path, where the request goes. */
const JOINTS: readonly (readonly [string, string, string])[] = [
  // Nothing behind the authority.
  ["https://api.openai.com", CHAT, "https://api.openai.com/v1/chat/completions"],
  ["https://api.openai.com/", CHAT, "https://api.openai.com/v1/chat/completions"],
  ["https://api.openai.com", "/v1/models", "https://api.openai.com/v1/models"],
  ["https://api.openai.com", "/v1", "https://api.openai.com/v1"],
  ["http://10.0.0.5:8000", CHAT, "http://10.0.0.5:8000/v1/chat/completions"],
  ["http://[::1]:8000", CHAT, "http://[::1]:8000/v1/chat/completions"],
  // The joint is taken once.
  ["https://api.openai.com/v1", CHAT, "https://api.openai.com/v1/chat/completions"],
  ["https://api.openai.com/v1/", CHAT, "https://api.openai.com/v1/chat/completions"],
  ["https://api.openai.com/v1//", CHAT, "https://api.openai.com/v1/chat/completions"],
  ["https://api.openai.com/v1", "/v1", "https://api.openai.com/v1"],
  ["https://api.openai.com/v1", "/v1/", "https://api.openai.com/v1/"],
  ["https://api.openai.com/v1", "/v1/files/file-1/content", "https://api.openai.com/v1/files/file-1/content"],
  ["http://127.0.0.1:9/v1", "/v1/v1/x", "http://127.0.0.1:9/v1/v1/x"],
  ["http://127.0.0.1:9/v1", "/v1beta/models", "http://127.0.0.1:9/v1/v1beta/models"],
  ["http://127.0.0.1:9/v1", "/v11/x", "http://127.0.0.1:9/v1/v11/x"],
  // A prefix without a version.
  ["https://host/api/openai", CHAT, "https://host/api/openai/v1/chat/completions"],
  ["https://host/api/openai/", CHAT, "https://host/api/openai/v1/chat/completions"],
  ["https://host/openai", "/v1/embeddings", "https://host/openai/v1/embeddings"],
  ["https://host/v1x", CHAT, "https://host/v1x/v1/chat/completions"],
  ["https://host/v2/tenant-7", CHAT, "https://host/v2/tenant-7/v1/chat/completions"],
  // A prefix with one.
  ["https://host/api/v1", CHAT, "https://host/api/v1/chat/completions"],
  ["https://host/openai/v1/", "/v1/responses", "https://host/openai/v1/responses"],
  ["https://host/api/paas/v4", CHAT, "https://host/api/paas/v4/chat/completions"],
  ["https://host/api/paas/v4", "/v4/chat/completions", "https://host/api/paas/v4/chat/completions"],
  ["https://host/v1beta", "/v1beta/models/m:embed", "https://host/v1beta/models/m:embed"],
  ["https://host/v1beta/openai", CHAT, "https://host/v1beta/openai/chat/completions"],
  ["https://host/v1beta/openai/", "/v1/models", "https://host/v1beta/openai/models"],
  ["https://host/v1beta/openai", "/v1beta/openai/models", "https://host/v1beta/openai/models"],
  [
    "https://host/v1beta/openai",
    "/v1beta/cachedContents",
    "https://host/v1beta/openai/v1beta/cachedContents",
  ],
  ["https://host/v1/account/gate/openai", CHAT, "https://host/v1/account/gate/openai/chat/completions"],
  // A complete endpoint: its own kind goes exactly there, others to its siblings.
  ["https://host/v1/chat/completions", CHAT, "https://host/v1/chat/completions"],
  ["https://host/v1/chat/completions/", CHAT, "https://host/v1/chat/completions"],
  ["https://host/v1/chat/completions", "/v1/embeddings", "https://host/v1/embeddings"],
  ["https://host/v1/chat/completions", "/v1/completions", "https://host/v1/completions"],
  ["https://host/v1/completions", CHAT, "https://host/v1/chat/completions"],
  ["https://host/v1/responses", "/v1/responses/resp_1", "https://host/v1/responses/resp_1"],
  ["https://host/chat/completions", CHAT, "https://host/chat/completions"],
  ["https://host/chat/completions", "/v1/models", "https://host/models"],
  ["https://host/a/b/embeddings", "/v1/embeddings", "https://host/a/b/embeddings"],
  ["https://host/v1beta/openai/chat/completions", "/v1/models", "https://host/v1beta/openai/models"],
  ["https://host/api/v3/audio/speech", "/v1/audio/speech", "https://host/api/v3/audio/speech"],
  // Any path, as below /proxy.
  ["http://127.0.0.1:11434/v1", "/api/tags", "http://127.0.0.1:11434/v1/api/tags"],
  ["http://127.0.0.1:11434", "/api/tags", "http://127.0.0.1:11434/api/tags"],
  ["https://host/prefix", "/", "https://host/prefix/"],
  ["https://host/v1", "/v1/models/org%2Fmodel", "https://host/v1/models/org%2Fmodel"],
  ["https://host/v1", "/v1/files/a...b", "https://host/v1/files/a...b"],
  ["https://host/v1", "/v1/files/.hidden", "https://host/v1/files/.hidden"],
  ["https://host/a%20b/v1", "/v1/x/", "https://host/a%20b/v1/x/"],
];

Deno.test("joinUpstreamUrl takes the joint once and keeps every prefix", () => {
  for (const [base, path, expected] of JOINTS) {
    assert.equal(joinUpstreamUrl(base, path), expected, base + " + " + path);
  }
});

Deno.test("joinUpstreamUrl gives addresses that no URL parser rewrites", () => {
  for (const [base, path] of JOINTS) {
    const joined = joinUpstreamUrl(base, path);
    assert.equal(new URL(joined).href, joined);
  }
});

Deno.test("joinUpstreamUrl refuses a front path that could leave the base", () => {
  const paths = [
    "",
    "v1/chat",
    "//evil.example/v1",
    "/v1//chat",
    "/v1/../admin",
    "/v1/..",
    "/v1/./x",
    "/.",
    "/v1/%2e%2e/admin",
    "/v1/.%2E/admin",
    "/v1/x%2f..%2fadmin",
    "/v1/x%5c..%5cadmin",
    "/v1\\..\\admin",
    "/v1/x?y=1",
    "/v1/x#y",
    "/v1/a b",
    "/v1/a\tb",
    "/v1/a\r\nhost: evil",
    "/v1/é",
    "/v1/\u0000",
  ];
  for (const path of paths) {
    assert.throws(() => joinUpstreamUrl("https://host/v1", path), RangeError, JSON.stringify(path));
  }
});

Deno.test("joinUpstreamUrl refuses a base that is not a plain http URL", () => {
  const bases = [
    "",
    "host/v1",
    "/v1",
    "ftp://host/v1",
    "simulated://fast?latency=20ms",
    "https://",
    "https://user:secret@host/v1",
    "https://host/v1?api-version=1",
    "https://host/v1#x",
    "https://host/a/../v1",
    "https://host/a//v1",
    "https://host\\v1",
    "https://ho st/v1",
  ];
  for (const base of bases) assert.throws(() => joinUpstreamUrl(base, CHAT), RangeError, base);
});

Deno.test("joinUpstreamUrl never tells the base URL in its errors", () => {
  assert.throws(
    () => joinUpstreamUrl("https://user:hunter2@internal.example/v1", CHAT),
    (error) => error instanceof RangeError && !/hunter2|internal/.test(error.message),
  );
});

Deno.test("joinUpstreamUrl stays under the base's origin and prefix for any path it accepts", () => {
  const piece = fc.constantFrom(
    "/",
    ".",
    "..",
    "v1",
    "%2e",
    "%2F",
    "%5c",
    "\\",
    "a",
    "?",
    "#",
    "@",
    ":",
    "//",
    "é",
  );
  const base = fc.constantFrom(
    "https://host",
    "https://host/v1",
    "https://host/p/q",
    "https://host/p/v1/chat/completions",
  );
  fc.assert(
    fc.property(base, fc.array(piece, { maxLength: 8 }), (from, pieces) => {
      let joined: string;
      try {
        joined = joinUpstreamUrl(from, `/${pieces.join("")}`);
      } catch (error) {
        assert.ok(error instanceof RangeError);
        return;
      }
      const root = new URL(from.replace("/chat/completions", "")).href.replace(/\/$/, "");
      const href = new URL(joined).href;
      assert.ok(href === root || href.startsWith(`${root}/`), `${from} + ${pieces.join("")} = ${href}`);
    }),
    { numRuns: 2000 },
  );
});
