import assert from "node:assert/strict";
import { FailedLogins, MAX_FAILED_LOGINS } from "../../src/limits/failed_logins.ts";

Deno.test("an address is told to wait after twenty wrong keys in a minute, and is free again after it", () => {
  const logins = new FailedLogins();
  for (let sent = 0; sent < MAX_FAILED_LOGINS; sent++) {
    assert.equal(logins.failed("192.0.2.1", sent * 100), 0);
  }
  assert.equal(logins.failed("192.0.2.1", 10_000), 50_000);
  assert.equal(logins.failed("192.0.2.2", 10_000), 0, "another address is not meant");
  assert.equal(logins.failed("192.0.2.1", 60_000), 0);
});

Deno.test("addresses without end do not push the memory, only the oldest of them", () => {
  const logins = new FailedLogins();
  for (let address = 0; address < 30_000; address++) assert.equal(logins.failed(`a${address}`, 0), 0);
  for (let sent = 1; sent < MAX_FAILED_LOGINS; sent++) assert.equal(logins.failed("a29999", 1), 0);
  assert.ok(logins.failed("a29999", 2) > 0);
});
