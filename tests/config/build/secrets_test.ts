import assert from "node:assert/strict";
import { loadText, problemsOf, type World } from "../load_text.ts";

const config = (...keys: string[]) => JSON.stringify({ pools: [{ provider: "openai", keys }] });

function keysOf(text: string, world: World = {}): string[] {
  const keys = loadText(text, world).config.pools[0]?.keys;
  return Array.isArray(keys) ? keys.map((key) => key.secret.reveal()) : [];
}

Deno.test("secrets: literals, the environment and key files are read", () => {
  const world = {
    env: { A: " sk-a \n" },
    files: { "/etc/tidegate/keys/b.txt": "\uFEFF# ours\nsk-b1\r\n\n  sk-b2   # the second\n" },
  };
  assert.deepEqual(keysOf(config("sk-literal", "env:A", "file:keys/b.txt"), world), [
    "sk-literal",
    "sk-a",
    "sk-b1",
    "sk-b2",
  ]);
});

Deno.test("secrets: a file's keys share what its entry says, under numbered names", () => {
  const text =
    '{ "pools": [{ "provider": "openai", "keys": [{ "key": "file:k", "name": "team", "weight": 3 }] }] }';
  const keys = loadText(text, { files: { "/etc/tidegate/k": "a\nb" } }).config.pools[0]?.keys;
  assert.ok(Array.isArray(keys));
  assert.deepEqual(keys.map(({ name, weight }) => [name, weight]), [["team-1", 3], ["team-2", 3]]);
});

Deno.test("secrets: what is missing switches off that key only, and is named", () => {
  const world = { env: { EMPTY: " " }, files: { "/etc/tidegate/empty": "# none\n" } };
  const loaded = loadText(config("sk-1", "env:UNSET", "env:EMPTY", "file:absent", "file:empty"), world);
  assert.deepEqual(keysOf(config("sk-1", "env:UNSET"), world), ["sk-1"]);
  assert.deepEqual(loaded.missing.map(({ path, reference, reason }) => `${path} ${reference}: ${reason}`), [
    "pools[0].keys[1] env:UNSET: environment variable UNSET is not set; set it, or write it into .env",
    "pools[0].keys[2] env:EMPTY: environment variable EMPTY is not set; set it, or write it into .env",
    "pools[0].keys[3] file:absent: key file absent does not exist",
    "pools[0].keys[4] file:empty: key file empty holds no key; write one a line",
  ]);
  assert.deepEqual(loaded.secretFiles, ["/etc/tidegate/absent", "/etc/tidegate/empty"]);
});

Deno.test("secrets: a file that may not be read is missing, and why is said", () => {
  const reasons = [new Deno.errors.PermissionDenied("x"), new Deno.errors.NotCapable("x"), new Error("EIO")]
    .map(
      (error) => {
        const files = new Proxy({}, {
          get() {
            throw error;
          },
        });
        return loadText(config("file:k"), { files }).missing[0]?.reason;
      },
    );
  assert.deepEqual(reasons, [
    "key file k may not be read by this process",
    "key file k may not be read by this process",
    "key file k cannot be read",
  ]);
});

Deno.test("secrets: a damaged key is refused by its place and never repeated", () => {
  const rows: [string, RegExp][] = [
    ["", /the key is empty/],
    ["sk-a b", /white space at character 5/],
    ["sk-a\nb", /white space at character 5/],
    ["sk-a\u200bb", /an invisible character at character 5/],
    ["sk-a\ufeffb", /an invisible character at character 5/],
    ["“sk-a”", /a curly quote at character 1/],
    ["sk-é", /a character at character 4 that a key cannot have/],
    ["sk-\u0007", /a character at character 4/],
    ["'sk-a'", /stands in quotes of its own/],
    ["s".repeat(8193), /longer than 8192/],
    ["env:", /not a variable's name/],
    ["env:A B", /not a variable's name/],
    ["file:", /names no file/],
  ];
  for (const [key, expected] of rows) {
    const [problem, ...more] = problemsOf(config("sk-fine", key));
    assert.deepEqual(more, []);
    assert.match(problem ?? "", expected);
    assert.match(problem ?? "", /pools\[0\]\.keys\[1\]: /);
    assert.doesNotMatch(problem ?? "", /sk-a/);
  }
});

Deno.test("secrets: a damaged line of a key file is told by its number", () => {
  const files = { "/etc/tidegate/k": "sk-1\nsk 2\nsk-3\nsk\u200b-4\n" };
  assert.deepEqual(problemsOf(config("file:k"), { files }).map((line) => line.split(": ")[2]), [
    "the key holds white space at character 3; a key has none",
    "the key holds an invisible character at character 3; copy it anew",
  ]);
});

Deno.test("secrets: two tenants cannot have one key, even by reference", () => {
  const text = '{ "tenants": [{ "name": "a", "keys": ["env:A"] }, { "name": "b", "keys": ["env:B"] }] }';
  const [problem] = problemsOf(text, {
    env: { A: "sk-tg-same-same-same-same", B: "sk-tg-same-same-same-same" },
  });
  assert.match(
    problem ?? "",
    /tenants\[1\]\.keys\[0\]: tenants\[0\] has the same key; give each tenant its own/,
  );
});
