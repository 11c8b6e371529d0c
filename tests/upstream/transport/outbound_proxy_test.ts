import assert from "node:assert/strict";
import { outboundProxies, PROXY_VARIABLES } from "../../../src/upstream/transport/outbound_proxy.ts";

const PLAIN = new URL("http://vendor.test/v1");
const SECURE = new URL("https://api.vendor.test/v1");

Deno.test("each scheme has its variable in both spellings, the lower-case one first", () => {
  for (const name of ["http_proxy", "HTTP_PROXY"]) {
    assert.equal(outboundProxies({ [name]: "http://p:1" })(PLAIN), "http://p:1");
    assert.equal(outboundProxies({ [name]: "http://p:1" })(SECURE), undefined);
  }
  for (const name of ["https_proxy", "HTTPS_PROXY"]) {
    assert.equal(outboundProxies({ [name]: "http://p:1" })(SECURE), "http://p:1");
    assert.equal(outboundProxies({ [name]: "http://p:1" })(PLAIN), undefined);
  }
  assert.equal(outboundProxies({ "http_proxy": "http://a", "HTTP_PROXY": "http://b" })(PLAIN), "http://a");
});

Deno.test("the one for all stands in where a scheme has none of its own", () => {
  const proxies = outboundProxies({ "ALL_PROXY": "socks5://s:1080", "https_proxy": "p:3128" });
  assert.equal(proxies(PLAIN), "socks5://s:1080");
  assert.equal(proxies(SECURE), "http://p:3128");
});

Deno.test("loopback never goes through a proxy", () => {
  const proxies = outboundProxies({ "ALL_PROXY": "http://p:1" });
  const urls = [
    "http://127.0.0.1:8000",
    "https://localhost",
    "http://[::1]:1",
    "http://a.localhost",
    "http://127.1",
  ];
  for (const url of urls) assert.equal(proxies(new URL(url)), undefined, url);
  assert.equal(proxies(new URL("http://127.0.0.1.vendor.test")), "http://p:1");
});

const EXEMPT: readonly [list: string, url: string, exempt: boolean][] = [
  ["vendor.test", "https://vendor.test", true],
  ["vendor.test", "https://api.vendor.test", true],
  [".vendor.test", "https://api.vendor.test", true],
  ["*.vendor.test", "https://api.vendor.test", true],
  ["VENDOR.test other", "https://vendor.test", true],
  ["vendor.test", "https://notvendor.test", false],
  ["vendor.test:8443", "https://vendor.test", false],
  ["vendor.test:443", "https://vendor.test", true],
  ["10.0.0.5", "http://10.0.0.5:8000", true],
  ["10.0.0.5", "http://10.0.0.50:8000", false],
  ["*", "https://anything.test", true],
  ["", "https://vendor.test", false],
];

for (const [list, url, exempt] of EXEMPT) {
  Deno.test(`NO_PROXY '${list}' ${exempt ? "exempts" : "does not exempt"} ${url}`, () => {
    const proxies = outboundProxies({ "ALL_PROXY": "http://p:1", "NO_PROXY": list });
    assert.equal(proxies(new URL(url)), exempt ? undefined : "http://p:1");
  });
}

Deno.test("a value that is no proxy stops the start, naming the variable and not the value", () => {
  for (const value of ["ftp://user:hunter2@p", "http://", "not a url hunter2"]) {
    assert.throws(
      () => outboundProxies({ "HTTPS_PROXY": value }),
      (error: Error) =>
        error instanceof RangeError && /HTTPS_PROXY/.test(error.message) && !/hunter2/.test(error.message),
    );
  }
});

Deno.test("an empty value is none, and every variable that is read is named", () => {
  assert.equal(outboundProxies({ "HTTP_PROXY": " " })(PLAIN), undefined);
  for (const name of PROXY_VARIABLES.filter((each) => !/no_proxy/i.test(each))) {
    const proxies = outboundProxies({ [name]: "http://p:1" });
    assert.ok(proxies(PLAIN) !== undefined || proxies(SECURE) !== undefined, name);
  }
});
