import assert from "node:assert/strict";
import { parseListen } from "../../../src/config/build/network.ts";
import { loadText, problemsOf } from "../load_text.ts";

Deno.test("network: listen takes a host and a port, IPv6 in brackets", () => {
  assert.deepEqual(parseListen("0.0.0.0:80"), { host: "0.0.0.0", port: 80 });
  assert.deepEqual(parseListen("[::]:4283"), { host: "::", port: 4283 });
  assert.deepEqual(parseListen("localhost:0"), { host: "localhost", port: 0 });
  for (
    const wrong of [
      "",
      "4283",
      ":4283",
      "host:",
      "host:65536",
      "::1:80",
      "[1.2.3.4]:80",
      "a b:80",
      "http://h:80",
    ]
  ) {
    assert.equal(parseListen(wrong), undefined, wrong);
  }
});

Deno.test("network: trusted proxies are words, addresses and ranges", () => {
  const { config } = loadText('{ "trustedProxies": ["private", "203.0.113.7", "2001:db8::/32"] }');
  assert.ok(config.trustedProxies.includes("10.0.0.0/8"));
  assert.deepEqual(config.trustedProxies.slice(-2), ["203.0.113.7", "2001:db8::/32"]);
  assert.deepEqual(loadText('{ "trustedProxies": [] }').config.trustedProxies, []);
  for (const wrong of ["localhost", "10.0.0.0/33", "::/129", "10.0.0.0/8/8", "10.0.0/8", "constructor", ""]) {
    assert.equal(problemsOf(JSON.stringify({ trustedProxies: [wrong] })).length, 1, wrong);
  }
});

Deno.test("network: origins are spelled as browsers send them", () => {
  const accepted = (origins: string[]) => loadText(JSON.stringify({ cors: { origins } })).config.cors.origins;
  for (const right of [["https://a.example"], ["http://localhost:3000", "https://b.example"], ["*"], []]) {
    assert.deepEqual(accepted(right), right);
  }
  for (
    const wrong of [["https://a.example/"], ["https://A.example"], ["a.example"], ["*", "https://a.example"]]
  ) {
    assert.equal(problemsOf(JSON.stringify({ cors: { origins: wrong } })).length, 1, wrong.join());
  }
});
