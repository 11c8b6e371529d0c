import assert from "node:assert/strict";

import { addressList } from "../../../src/core/network/address_list.ts";

Deno.test("addresses and ranges of both families are found", () => {
  const list = addressList(["10.0.0.0/8", "192.0.2.1", "fc00::/7", "::1"]);
  for (const address of ["10.255.0.1", "192.0.2.1"]) assert.equal(list.check(address, "ipv4"), true, address);
  for (const address of ["11.0.0.1", "192.0.2.2"]) assert.equal(list.check(address, "ipv4"), false, address);
  for (const address of ["fd12::1", "::1"]) assert.equal(list.check(address, "ipv6"), true, address);
  assert.equal(list.check("2001:db8::1", "ipv6"), false);
});

Deno.test("what is neither an address nor a range is named and refused", () => {
  for (
    const entry of [
      "",
      "localhost",
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.0.0.0/x",
      "10.0.0.0/-1",
      "::1/129",
      "300.1.1.1",
      "10.0.0/8",
    ]
  ) {
    assert.throws(
      () => addressList([entry]),
      (error) => error instanceof TypeError && error.message.includes(`'${entry}'`),
    );
  }
});
