import assert from "node:assert/strict";
import { Secret } from "../../../src/core/secret.ts";
import { AdminGuard, type AdminKnock } from "../../../src/server/admin/admin_guard.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const TOKEN = "tg-admin-0123456789abcdef";

function knock(more: Partial<AdminKnock> = {}): AdminKnock {
  return { address: "10.0.0.1", authorization: undefined, fetchSite: undefined, origin: undefined, ...more };
}

Deno.test("only the bearer token opens the admin API", () => {
  const guard = new AdminGuard(new Secret(TOKEN), fakeRuntime());
  const code = (authorization?: string) => guard.refusal(knock({ authorization }))?.code;
  assert.equal(code(`Bearer ${TOKEN}`), undefined);
  assert.equal(code(`bearer  ${TOKEN}`), undefined);
  for (
    const wrong of [
      undefined,
      "",
      TOKEN,
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(0, -1)}`,
    ]
  ) {
    assert.equal(code(wrong), "invalid_api_key", String(wrong));
  }
});

Deno.test("pages of other sites are refused even with the token", () => {
  const guard = new AdminGuard(new Secret(TOKEN), fakeRuntime());
  const with_ = (more: Partial<AdminKnock>) =>
    guard.refusal(knock({ authorization: `Bearer ${TOKEN}`, ...more }))?.code;
  assert.equal(with_({ fetchSite: "cross-site" }), "path_not_allowed");
  assert.equal(with_({ fetchSite: "same-site" }), "path_not_allowed");
  assert.equal(with_({ origin: "null" }), "path_not_allowed");
  assert.equal(with_({ fetchSite: "same-origin", origin: "http://127.0.0.1:4283" }), undefined);
});

Deno.test("guessing is slowed down for the address that guesses, and for no other", () => {
  const runtime = fakeRuntime();
  const guard = new AdminGuard(new Secret(TOKEN), runtime);
  for (let guess = 0; guess < 10; guess++) guard.refusal(knock({ authorization: `Bearer guess-${guess}` }));
  assert.equal(guard.refusal(knock({ authorization: `Bearer ${TOKEN}` }))?.code, "rate_limited");
  assert.equal(guard.refusal(knock({ address: "10.0.0.2", authorization: `Bearer ${TOKEN}` })), undefined);
  runtime.advance(60_001);
  assert.equal(guard.refusal(knock({ authorization: `Bearer ${TOKEN}` })), undefined);
});
