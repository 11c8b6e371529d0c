import assert from "node:assert/strict";
import type { HeaderFields } from "../../../src/core/exchange.ts";
import { Secret } from "../../../src/core/secret.ts";
import { AdminGuard } from "../../../src/server/admin/admin_guard.ts";
import { clientAddressReader } from "../../../src/server/client_address.ts";
import { MetricsGuard } from "../../../src/server/metrics/metrics_guard.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const ADMIN = "tg-admin-for-tests-0001";

/** What a reader is told; undefined: it may read. `trusted`: proxies that are believed. */
function asker(
  { tokens, trusted = ["127.0.0.0/8"] }: { tokens?: readonly string[]; trusted?: readonly string[] },
) {
  const runtime = fakeRuntime();
  const guard = new MetricsGuard({
    ...{ admin: new AdminGuard(new Secret(ADMIN), runtime), runtime },
    tokens: () => tokens?.map((token) => new Secret(token)),
  });
  const read = clientAddressReader(trusted);
  return (remoteAddress: string, headers: HeaderFields = {}) => {
    const knock = { remoteAddress, headers: { host: "127.0.0.1:4283", ...headers } };
    return guard.refusal({ ...knock, address: read(remoteAddress, headers) })?.status;
  };
}

Deno.test("without a token, loopback and private addresses may read and no other", () => {
  const ask = asker({});
  for (
    const near of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "fd00::1"]
  ) {
    assert.equal(ask(near), undefined, near);
  }
  for (const far of ["203.0.113.7", "172.32.0.1", "2001:db8::1", "8.8.8.8", ""]) {
    assert.equal(ask(far), 401, far);
  }
});

Deno.test("what a proxy passes on is as far away as the client that a trusted proxy names", () => {
  const ask = asker({});
  assert.equal(ask("127.0.0.1", { "x-forwarded-for": "203.0.113.7" }), 401);
  assert.equal(ask("127.0.0.1", { "x-forwarded-for": "10.0.0.3" }), undefined);
  assert.equal(ask("127.0.0.1", { "x-forwarded-for": "unknown" }), 401);
});

Deno.test("what a proxy passes on that names no client, or is not trusted, is far away", () => {
  const ask = asker({});
  assert.equal(ask("10.0.0.9", { "x-forwarded-for": "127.0.0.1" }), 401, "nobody trusts 10.0.0.9");
  for (const field of ["via", "x-real-ip", "x-forwarded-proto", "forwarded"]) {
    assert.equal(ask("127.0.0.1", { [field]: "x" }), 401, field);
  }
});

Deno.test("the token of the config or of the admin opens to every address, and then nothing else does", () => {
  const ask = asker({ tokens: ["read-me-0001", "read-me-0002"] });
  for (const token of ["read-me-0001", "read-me-0002", ADMIN]) {
    assert.equal(ask("203.0.113.7", { authorization: `Bearer ${token}` }), undefined, token);
  }
  assert.equal(ask("127.0.0.1"), 401);
  assert.equal(ask("127.0.0.1", { authorization: "Bearer read-me-0003" }), 401);
  assert.equal(ask("127.0.0.1", { authorization: "read-me-0001" }), 401);
});

Deno.test("a token that is named and missing opens to the admin alone", () => {
  const ask = asker({ tokens: [] });
  assert.equal(ask("127.0.0.1"), 401);
  assert.equal(ask("127.0.0.1", { authorization: "Bearer " }), 401);
  assert.equal(ask("127.0.0.1", { authorization: `Bearer ${ADMIN}` }), undefined);
});

Deno.test("without a token in the config the admin's opens to far addresses, and a wrong one to none", () => {
  const ask = asker({});
  assert.equal(ask("203.0.113.7", { authorization: `Bearer ${ADMIN}` }), undefined);
  assert.equal(ask("127.0.0.1", { authorization: "Bearer wrong" }), 401);
});

Deno.test("guessing is slowed down", () => {
  const ask = asker({ tokens: ["read-me-0001"] });
  for (let at = 0; at < 10; at++) assert.equal(ask("203.0.113.7", { authorization: `Bearer ${at}` }), 401);
  assert.equal(ask("203.0.113.7", { authorization: "Bearer 11" }), 429);
  assert.equal(ask("203.0.113.8", { authorization: "Bearer 12" }), 401, "another address");
});

Deno.test("a page that points its own name at us reads nothing", () => {
  const ask = asker({});
  const browser = { "accept-language": "en" };
  assert.equal(ask("127.0.0.1", { ...browser, host: "evil.example:4283" }), 401);
  assert.equal(ask("127.0.0.1", { ...browser, host: "localhost:4283" }), undefined);
  assert.equal(ask("127.0.0.1", { ...browser, host: "[::1]:4283" }), undefined);
  assert.equal(ask("10.0.0.4", { host: "tidegate.prod.svc:4283" }), undefined, "a scraper by name");
});
