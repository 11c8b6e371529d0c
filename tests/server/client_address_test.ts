import assert from "node:assert/strict";

import type { HeaderFields } from "../../src/core/exchange.ts";
import { clientAddressReader } from "../../src/server/client_address.ts";

const LOOPBACK = ["127.0.0.0/8", "::1"];

function addressOf(remote: string, headers: HeaderFields, trusted: readonly string[] = LOOPBACK): string {
  return clientAddressReader(trusted)(remote, headers);
}

Deno.test("a peer that is not trusted is the client, whatever it says of itself", () => {
  const forged = { "x-forwarded-for": "1.2.3.4", forwarded: "for=1.2.3.4" };
  assert.equal(addressOf("203.0.113.9", forged), "203.0.113.9");
  assert.equal(addressOf("2001:db8::9", forged), "2001:db8::9");
});

Deno.test("behind a trusted proxy the client is the last hop that is not trusted", () => {
  assert.equal(addressOf("127.0.0.1", { "x-forwarded-for": "203.0.113.9" }), "203.0.113.9");
  assert.equal(addressOf("127.0.0.1", { "x-forwarded-for": "1.1.1.1, 203.0.113.9" }), "203.0.113.9");
  const trusted = [...LOOPBACK, "10.0.0.0/8"];
  assert.equal(
    addressOf("127.0.0.1", { "x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.1.2.3" }, trusted),
    "203.0.113.9",
  );
  assert.equal(
    addressOf("::1", { "x-forwarded-for": ["6.6.6.6, 203.0.113.9", "10.1.2.3"] }, trusted),
    "203.0.113.9",
  );
});

Deno.test("when all hops are trusted the first of them is the client", () => {
  assert.equal(
    addressOf("127.0.0.1", { "x-forwarded-for": "10.0.0.1, 10.0.0.2" }, [...LOOPBACK, "10.0.0.0/8"]),
    "10.0.0.1",
  );
  assert.equal(addressOf("127.0.0.1", {}), "127.0.0.1");
});

Deno.test("spellings of one address are one address", () => {
  assert.equal(addressOf("::ffff:203.0.113.9", {}), "203.0.113.9");
  assert.equal(addressOf("::FFFF:127.0.0.1", { "x-forwarded-for": "::ffff:203.0.113.9" }), "203.0.113.9");
  assert.equal(addressOf("127.0.0.1", { "x-forwarded-for": "203.0.113.9:51234" }), "203.0.113.9");
  assert.equal(addressOf("127.0.0.1", { "x-forwarded-for": "[2001:DB8::9]:443" }), "2001:db8::9");
  assert.equal(addressOf("127.0.0.1", { "x-forwarded-for": "fe80::1%eth0" }), "fe80::1");
});

Deno.test("Forwarded is read where X-Forwarded-For is missing", () => {
  const read = (forwarded: string | string[]) => addressOf("127.0.0.1", { forwarded });
  assert.equal(read("for=203.0.113.9;proto=https;by=10.0.0.1"), "203.0.113.9");
  assert.equal(read('proto=https; For="[2001:db8::9]:4711"'), "2001:db8::9");
  assert.equal(read(["for=1.1.1.1", "for=203.0.113.9"]), "203.0.113.9");
});

Deno.test("a hop that names nobody ends the search at the proxy before it", () => {
  for (const hop of ["unknown", "_hidden", "", "a.example", "999.1.1.1", "<script>"]) {
    assert.equal(addressOf("127.0.0.1", { "x-forwarded-for": `1.1.1.1, ${hop}` }), "127.0.0.1", hop);
  }
});

Deno.test("a header of many hops costs a bounded look", () => {
  const hops = Array.from({ length: 100_000 }, () => "127.0.0.1").join(",");
  assert.equal(addressOf("127.0.0.1", { "x-forwarded-for": `203.0.113.9,${hops}` }), "127.0.0.1");
});
