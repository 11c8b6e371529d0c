import assert from "node:assert/strict";

import { type LogLine, makeLog } from "../../src/core/log.ts";
import { clientAddressWatch } from "../../src/server/client_address_watch.ts";

/** Shows `addresses` to a fresh watch and returns what it said. */
function saidOf(addresses: Iterable<string>): LogLine[] {
  const lines: LogLine[] = [];
  const watch = clientAddressWatch(makeLog(() => 0, (line) => lines.push(line)));
  for (const address of addresses) watch(address);
  return lines;
}

const times = (count: number, address: string) => Array.from({ length: count }, () => address);

Deno.test("nearly all traffic from one private address is said once, as a warning that names it", () => {
  const lines = saidOf([...times(191, "10.0.0.7"), ...times(9, "203.0.113.9"), ...times(1000, "10.0.0.7")]);
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.level, "warn");
  assert.equal(lines[0]?.fields["address"], "10.0.0.7");
  assert.equal(saidOf(times(200, "fd00::7")).length, 1);
});

Deno.test("mixed traffic, a public address, loopback and little traffic are nothing to speak of", () => {
  assert.deepEqual(saidOf([...times(189, "10.0.0.7"), ...times(11, "10.0.0.8")]), []);
  assert.deepEqual(saidOf(times(1000, "203.0.113.9")), []);
  assert.deepEqual(saidOf(times(1000, "127.0.0.1")), []);
  assert.deepEqual(saidOf(times(199, "10.0.0.7")), []);
});

Deno.test("traffic that becomes one private address later is seen too", () => {
  const mixed = Array.from({ length: 200 }, (_, i) => `10.0.0.${i}`);
  assert.equal(saidOf([...mixed, ...times(200, "192.168.1.1")]).length, 1);
});
