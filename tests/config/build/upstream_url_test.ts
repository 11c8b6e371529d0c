import assert from "node:assert/strict";
import { checkUpstreamUrl } from "../../../src/config/build/upstream_url.ts";
import { openaiCompatible } from "../../../src/providers/openai_compatible.ts";
import { simulated } from "../../../src/providers/simulated/provider.ts";

Deno.test("upstream URLs: one spelling whatever was written", () => {
  const rows: [string, string][] = [
    ["https://api.example.com/v1", "https://api.example.com/v1"],
    ["https://api.example.com/v1///", "https://api.example.com/v1"],
    ["HTTPS://API.Example.com:443/V1", "https://api.example.com/V1"],
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000"],
    ["http://[::1]:8000/", "http://[::1]:8000"],
    ["https://bücher.example/v1", "https://xn--bcher-kva.example/v1"],
  ];
  for (const [written, url] of rows) {
    assert.deepEqual(checkUpstreamUrl(written, openaiCompatible), { url });
  }
});

Deno.test("upstream URLs: what cannot be called, or would leak a credential, is refused without being repeated", () => {
  const rows: [string, RegExp][] = [
    ["", /not a URL/],
    ["api.example.com/v1", /not a URL/],
    ["localhost:8000", /must begin with https/],
    ["ftp://host/v1", /must begin with https/],
    ["file:///etc/passwd", /must begin with https/],
    ["data:text/plain,secret", /must begin with https/],
    ["https://user:secret@host/v1", /holds a user or password/],
    ["https://secret@host/v1", /holds a user or password/],
    ["https://host/v1?key=secret", /holds a query or fragment/],
    ["https://host/v1#secret", /holds a query or fragment/],
    ["https://host/v1?", /holds a query or fragment/],
    ["http://host:0/v1", /port 0/],
    ["http://host:99999/v1", /not a URL/],
    ["https://host/a//v1", /cannot be joined/],
    ["simulated://fast", /set the pool's provider/],
  ];
  for (const [written, expected] of rows) {
    const checked = checkUpstreamUrl(written, openaiCompatible);
    assert.ok("fault" in checked, written);
    assert.match(checked.fault, expected);
    assert.doesNotMatch(checked.fault, /secret/);
  }
});

Deno.test("upstream URLs: the simulated provider takes simulated ones only, and checks their script", () => {
  assert.deepEqual(checkUpstreamUrl("simulated://fast?latency=20ms", simulated), {
    url: "simulated://fast?latency=20ms",
  });
  for (const wrong of ["simulated://fast?latncy=20ms", "https://api.example.com", "simulated://FA ST"]) {
    assert.ok("fault" in checkUpstreamUrl(wrong, simulated), wrong);
  }
});
