import assert from "node:assert/strict";
import { listenAddress } from "../../../src/cli/serve/listen_address.ts";

Deno.test("an address is a host and a port, IPv6 with brackets or without, no host meaning all", () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ["127.0.0.1:4283", "127.0.0.1", 4283],
    ["localhost:0", "localhost", 0],
    ["[::1]:80", "::1", 80],
    ["::1:80", "::1", 80],
    [":65535", "0.0.0.0", 65535],
  ];
  for (const [text, host, port] of cases) assert.deepEqual(listenAddress(text), { host, port }, text);
});

Deno.test("what is no address is refused with the right spelling", () => {
  for (const text of ["", "4283", "127.0.0.1", "127.0.0.1:", "a:65536", "a:-1", "a:1e3", "a:0x50", "a:80 "]) {
    assert.throws(() => listenAddress(text), { name: "RangeError", message: /HOST:PORT/ }, text);
  }
});
