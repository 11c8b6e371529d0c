import assert from "node:assert/strict";
import { parseSimulatedUrl, SIMULATED_OPTIONS } from "../../../src/providers/simulated/script.ts";

Deno.test("parseSimulatedUrl reads every option", () => {
  assert.deepEqual(
    parseSimulatedUrl(
      "simulated://fast?latency=20ms&jitter=1.5s&tokensPerSecond=80&errorRate=0.1&failStatus=503&cut=0.05&rateLimit=60&seed=7",
    ),
    {
      name: "fast",
      latencyMs: 20,
      jitterMs: 1500,
      tokensPerSecond: 80,
      errorRate: 0.1,
      failStatus: 503,
      cut: 0.05,
      rateLimit: 60,
      seed: 7,
    },
  );
});

Deno.test("parseSimulatedUrl without options makes a vendor that neither waits nor fails", () => {
  for (const url of ["simulated://fast", "simulated://fast/", "simulated://fast?", "simulated://fast?&"]) {
    const script = parseSimulatedUrl(url);
    assert.equal(script.latencyMs + script.jitterMs + script.errorRate + script.cut, 0);
    assert.equal(script.tokensPerSecond ?? script.rateLimit ?? script.seed, undefined);
  }
});

Deno.test("a failStatus alone fails every request, an errorRate alone fails with 500", () => {
  assert.equal(parseSimulatedUrl("simulated://down?failStatus=503").errorRate, 1);
  assert.equal(parseSimulatedUrl("simulated://down?failStatus=503&errorRate=0").errorRate, 0);
  assert.equal(parseSimulatedUrl("simulated://flaky?errorRate=0.2").failStatus, 500);
});

Deno.test("parseSimulatedUrl says what is wrong and what is right", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["http://fast", /write simulated:\/\/name/],
    ["simulated:fast", /write simulated:\/\/name/],
    ["simulated://a/b", /write simulated:\/\/name/],
    ["simulated://a#b", /write simulated:\/\/name/],
    ["simulated://", /the name '' must be/],
    ["simulated://Fast", /the name 'Fast' must be/],
    ["simulated://a?latncy=20ms", /unknown option 'latncy': known are latency, jitter/],
    ["simulated://a?toString=1", /unknown option 'toString'/],
    ["simulated://a?latency=20", /latency must be a duration/],
    ["simulated://a?latency=11m", /latency must be a duration of at most 10m/],
    ["simulated://a?latency", /latency must be a duration/],
    ["simulated://a?tokensPerSecond=0", /tokensPerSecond must be a number from 0.1/],
    ["simulated://a?errorRate=1.1", /errorRate must be a number from 0 to 1/],
    ["simulated://a?errorRate=1e-3", /errorRate must be a number/],
    ["simulated://a?failStatus=200", /failStatus must be a whole number from 400 to 599/],
    ["simulated://a?rateLimit=1.5", /rateLimit must be a whole number/],
    ["simulated://a?seed=-1", /seed must be a whole number/],
    ["simulated://a?cut=0.1&cut=0.2", /cut is given twice/],
  ];
  for (const [url, text] of cases) {
    assert.throws(
      () => parseSimulatedUrl(url),
      (error) => error instanceof RangeError && text.test(error.message),
      url,
    );
  }
});

Deno.test("parseSimulatedUrl names all that is wrong at once", () => {
  assert.throws(
    () => parseSimulatedUrl("simulated://A?latency=x&foo=1"),
    /name 'A'.*latency must.*unknown option 'foo'/,
  );
});

Deno.test("the known options are listed for hints", () => {
  assert.ok(SIMULATED_OPTIONS.includes("tokensPerSecond"));
  assert.equal(new Set(SIMULATED_OPTIONS).size, SIMULATED_OPTIONS.length);
});

Deno.test("the documentation tells every option, and each URL in it can be used", async () => {
  const text = await Deno.readTextFile(new URL("../../../docs/simulated.md", import.meta.url));
  const told = [...text.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? "");
  assert.deepEqual(told.sort(), [...SIMULATED_OPTIONS].sort());
  const urls = [...text.matchAll(/simulated:\/\/[^"`\s]+/g)].map((match) => match[0]);
  assert.ok(urls.length >= 4);
  for (const url of urls) parseSimulatedUrl(url);
});
