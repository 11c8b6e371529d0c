import assert from "node:assert/strict";
import { grantsOf, isGranted } from "../../src/tenants/grants.ts";

Deno.test("a tenant gets what its paths name and nothing more", () => {
  const plain = grantsOf(["inference"]);
  assert.equal(isGranted(plain, "inference", "/v1/chat/completions"), true);
  assert.equal(isGranted(plain, "account", "/v1/files"), false);
  assert.equal(isGranted(plain, "proxy", "/proxy/openai/v1/files"), false);
  const files = grantsOf(["inference", "/v1/files*"]);
  assert.equal(isGranted(files, "account", "/v1/files/file-1/content"), true);
  assert.equal(isGranted(files, "account", "/v1/batches"), false);
  const account = grantsOf(["account"]);
  assert.equal(isGranted(account, "inference", "/v1/chat/completions"), false);
  assert.equal(isGranted(account, "account", "/v1/batches"), true);
});

Deno.test("a star grants every class, and is told apart from the pattern of every path", () => {
  const all = grantsOf(["*"]);
  for (const pathClass of ["inference", "account", "proxy"] as const) {
    assert.equal(isGranted(all, pathClass, "/x"), true);
  }
  assert.equal(all.all, true);
  assert.equal(grantsOf(["account"]).all, false);
});

Deno.test("no paths grant nothing", () => {
  for (const pathClass of ["inference", "account", "proxy"] as const) {
    assert.equal(isGranted(grantsOf([]), pathClass, "/v1/chat/completions"), false);
  }
});
