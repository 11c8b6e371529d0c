import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { ConfigError } from "../../../src/config/problem.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, CHAT_ANSWER, FAULTS, headStep } from "../../support/fake_upstream_script.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { testProxy } from "../../support/wire/test_proxy.ts";
import { requestPieces, wireCase, type WireCaseOptions } from "../../support/wire/wire_case.ts";
import { type WireAnswer, wireExchange } from "../../support/wire/wire_exchange.ts";

/** One pool named `wire` over one upstream. */
const poolAt = (url: string, keys: readonly string[] | string = ["sk-traps-upstream-key"]) => ({
  pools: [{ name: "wire", provider: "openai_compatible", upstreams: [url], keys, models: ["m"] }],
});

function ask(gateway: TestGateway, options: WireCaseOptions = {}): Promise<WireAnswer> {
  const each = wireCase("asked", options);
  const port = Number(new URL(gateway.url).port);
  return wireExchange(port, requestPieces(each, each.target, gateway.key), each.method);
}

const textOf = ({ body }: WireAnswer) => Buffer.from(body).toString();
const codeOf = (each: WireAnswer) => JSON.parse(textOf(each)).error.code;

Deno.test("a Host header decides nothing: with a path or query in it it is refused, whatever the path", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: poolAt(upstream.url) });
  const port = Number(new URL(gateway.url).port);
  for (const host of ["h/foo?", "evil/v1/chat/completions?", "evil/healthz?x=", "<script>", "a@b", "h#"]) {
    for (const path of ["/v1/files/x", "/proxy/wire/x", "/healthz", "/console/"]) {
      const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${gateway.key}\r\n\r\n`;
      const refused = await wireExchange(port, [Buffer.from(request)], "GET");
      assert.equal(refused.status, 400, `${host} ${path}`);
      assert.doesNotMatch(textOf(refused), /evil|script/);
    }
  }
  assert.equal(upstream.connections, 0);
});

Deno.test("no path leaves the upstream's host or its base path", async () => {
  await using upstream = await fakeUpstream(answer("{}"));
  await using elsewhere = await fakeUpstream(answer("{}"));
  await using gateway = await startGateway({ config: poolAt(`${upstream.url}/team/a/v1`) });
  const other = elsewhere.url.slice("http://".length);
  const paths = [
    ...[`//${other}/x`, `/\\${other}/x`, "/v1/../admin", "/v1/%2e%2e/admin", "/v1/files/..%2f..%2fx"],
    ...["/v1/files/.%2E/x", "/v1/files/..;a=1/x", "/v1/files/..\\..\\x", "/v1/%252e%252e/x", "/v1//files"],
    ...[`/proxy/wire//${other}/x`, `/proxy/wire/http://${other}/x`, "/proxy/wire/../x", "/proxy/wire/.."],
    ...["/proxy/wire/%2e%2e/%2e%2e/x", "/proxy/wire/a/%2e%2e%2f%2e%2e%2fx", "/proxy/wire/%5c..%5cx"],
    ...["/proxy/wire/;/../x", "/proxy/%2e%2e/x", "/proxy/wire/%00", "/proxy/wire/%c0%ae%c0%ae/x"],
  ];
  for (const target of paths) {
    const refused = await ask(gateway, { method: "GET", target });
    assert.equal(refused.status, 400, target);
    assert.ok(!textOf(refused).includes(other));
  }
  assert.deepEqual([upstream.connections, elsewhere.connections], [0, 0]);

  const served = [
    ["/proxy/wire/a..b/...", "/team/a/v1/a..b/..."],
    [`/proxy/wire/@${other}`, `/team/a/v1/@${other}`],
    ["/v1/files/file-1/content?u=//x/../y", "/team/a/v1/files/file-1/content?u=//x/../y"],
    [`http://${other}/v1/files/file-1/content`, "/team/a/v1/files/file-1/content"],
  ];
  for (const [target = ""] of served) {
    assert.equal((await ask(gateway, { method: "GET", target })).status, 200, target);
  }
  assert.deepEqual(upstream.deliveries.map(({ target }) => target), served.map(([, target]) => target));
  assert.equal(elsewhere.connections, 0);
});

Deno.test("a redirect is never followed, and says nothing to the client of where it leads", async () => {
  await using elsewhere = await fakeUpstream(FAULTS.ok);
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: poolAt(upstream.url) });
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [`${elsewhere.url}/v1/chat/completions`, `${upstream.url}/elsewhere`]) {
      upstream.script = answer("", { status, headers: { location, refresh: `0; url=${location}` } });
      const requests: WireCaseOptions[] = [
        { fields: [["content-type", "application/json"], ["x-api-key", "sk-client-own"]] },
        { method: "GET", target: "/proxy/wire/file" },
      ];
      for (const options of requests) {
        const told = await ask(gateway, options);
        assert.equal(`${told.status} ${codeOf(told)}`, "502 upstream_malformed");
        const heads = told.fields.map(([name, value]) => `${name}: ${value}`).join("\n");
        assert.ok(!(heads + textOf(told)).includes(elsewhere.url.slice(7)), "the place is not told");
        assert.doesNotMatch(heads, /^(location|refresh):/m);
      }
    }
  }
  assert.equal(elsewhere.connections, 0);
  assert.ok(upstream.deliveries.every(({ target }) => !target.includes("elsewhere")));
  assert.ok(upstream.deliveries.every(({ headers }) => headers["x-api-key"] === undefined));
});

Deno.test("a coding's label stays with the bytes it speaks of, also where they are damaged", async () => {
  const damaged = gzipSync(CHAT_ANSWER);
  damaged.fill(0xaa, 20);
  await using upstream = await fakeUpstream(answer(damaged, { headers: { "content-encoding": "gzip" } }));
  await using gateway = await startGateway({ config: poolAt(upstream.url) });
  const passed = await ask(gateway, { fields: [["accept-encoding", "gzip, br"]] });
  assert.equal(passed.status, 200);
  assert.equal(Buffer.compare(passed.body, damaged), 0);
  const fields = new Map(passed.fields);
  assert.equal(fields.get("content-encoding"), "gzip");
  assert.equal(fields.get("content-length"), String(damaged.length));
  assert.equal(upstream.deliveries[0]?.headers["accept-encoding"], "identity");
});

Deno.test("compressed requests are bounded, and what cannot be read is refused before any upstream hears of it", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: { ...poolAt(upstream.url), defaults: { body: { max: "1MB" } } },
  });
  const bomb = gzipSync(
    Buffer.concat([Buffer.from('{"model":"m"'), Buffer.alloc(30_000_000, " "), Buffer.from("}")]),
  );
  const rows: [string, Uint8Array, string][] = [
    ["gzip", bomb, "413 request_too_large"],
    ["gzip", Buffer.from('{"model":"m"}'), "400 invalid_body"],
    ["zstd", bomb, "400 invalid_body"],
    ["compress", Buffer.from('{"model":"m"}'), "415 unsupported_encoding"],
    ["gzip, gzip", gzipSync(gzipSync('{"model":"m"}')), "415 unsupported_encoding"],
    ["gzip", gzipSync('{"model":"m","model":"n"}'), "400 invalid_json"],
  ];
  for (const [coding, body, expected] of rows) {
    const fields = [["content-type", "application/json"], ["content-encoding", coding]] as const; // pairs
    const told = await ask(gateway, { fields, body });
    assert.equal(`${told.status} ${codeOf(told)}`, expected, coding);
  }
  assert.equal(upstream.connections, 0);
});

Deno.test("an upstream is where its URL says, however this machine is spelled in it", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using proxy = await testProxy({});
  const env = { "http_proxy": proxy.authority, ALL_PROXY: proxy.authority };
  const { port } = new URL(upstream.url);
  const names = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "①②⑦.⓪.⓪.①",
    "LOCALHOST",
    "127.0.0.1.",
  ];
  for (const name of names) {
    await using gateway = await startGateway({ config: poolAt(`http://${name}:${port}/v1`), env });
    const told = await ask(gateway);
    assert.equal(told.status, 200, `${name}: ${textOf(told)}`);
    assert.equal(textOf(told), CHAT_ANSWER);
  }
  assert.equal(upstream.deliveries.length, names.length);
  assert.deepEqual(proxy.seen, [], "loopback never goes through a proxy");
});

Deno.test("what is no http or https URL is refused at the start, without repeating it", async () => {
  const urls = [
    "file:///etc/passwd",
    "data:,x",
    "ftp://h/",
    "javascript:1",
    "//h/v1",
    "http://sk-key@h/",
    "http://h:0/",
  ];
  for (const url of urls) {
    await assert.rejects(startGateway({ config: poolAt(url) }), (error) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.ok(!error.message.includes("sk-key"));
      return true;
    });
  }
});

const SPELLINGS: readonly Readonly<Record<string, string>>[] = [
  { "http_proxy": "" },
  { HTTP_PROXY: "" },
  { "all_proxy": "" },
  { ALL_PROXY: "" },
  { "http_proxy": "", HTTP_PROXY: "http://127.0.0.1:1" },
  { HTTP_PROXY: "", ALL_PROXY: "http://127.0.0.1:1" },
];

Deno.test("an outbound proxy is taken from the environment in both spellings", async (t) => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using proxy = await testProxy({ "upstream.test": Number(new URL(upstream.url).port) });
  for (const spelling of SPELLINGS) {
    for (
      const written of [
        proxy.authority,
        `http://${proxy.authority}`,
        `http://us%40er:pa%2fss@${proxy.authority}/`,
      ]
    ) {
      const env = Object.fromEntries(
        Object.entries(spelling).map(([name, value]) => [name, value || written]),
      );
      await t.step(
        Object.keys(env).join(" before ") + (written.includes("@") ? ", with a password" : ""),
        async () => {
          const before = proxy.seen.length;
          await using gateway = await startGateway({ config: poolAt("http://upstream.test/v1"), env });
          const told = await ask(gateway, { target: "/v1/chat/completions?a='1'" });
          assert.equal(textOf(told), CHAT_ANSWER);
          const [seen, ...more] = proxy.seen.slice(before);
          assert.deepEqual(more, []);
          const password = written.includes("@") ? `Basic ${btoa("us@er:pa/ss")}` : undefined;
          assert.equal(seen?.headers["proxy-authorization"], password);
          const delivery = upstream.deliveries.at(-1);
          assert.equal(delivery?.target, "/v1/chat/completions?a='1'");
          assert.equal(delivery?.headers["host"], "upstream.test");
          assert.equal(delivery?.headers["authorization"], "Bearer sk-traps-upstream-key");
          assert.equal(delivery?.headers["proxy-authorization"], undefined);
        },
      );
    }
  }
});

Deno.test("through a proxy answers stream, and heads may be as large as without it", async () => {
  await using upstream = await fakeUpstream(FAULTS.okStream);
  await using proxy = await testProxy({ "upstream.test": Number(new URL(upstream.url).port) });
  await using gateway = await startGateway({
    config: poolAt("http://upstream.test/v1"),
    env: { "http_proxy": proxy.authority },
  });
  const streamed = await ask(gateway, { body: '{"model":"m","stream":true}' });
  assert.match(textOf(streamed), /Hello[^]*data: \[DONE\]\n\n$/);
  upstream.script = {
    steps: [headStep(204, { "x-large": "a".repeat(15_000), "x-huge": "b".repeat(15_000) })],
  };
  const large = await ask(gateway, { method: "DELETE", target: "/v1/files/file-1" });
  assert.equal(large.status, 204);
  assert.equal(new Map(large.fields).get("x-huge")?.length, 15_000);
});

Deno.test("an upstream with TLS is reached by a tunnel that tells the proxy nothing of the request", async () => {
  await using proxy = await testProxy({});
  for (const name of ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"]) {
    const before = proxy.seen.length;
    await using gateway = await startGateway({
      config: poolAt("https://upstream.test/v1"),
      env: { [name]: proxy.authority },
    });
    const told = await ask(gateway, { target: "/v1/chat/completions?q=asked" });
    assert.equal(`${told.status} ${codeOf(told)}`, "502 upstream_unreachable");
    const tunnels = proxy.seen.slice(before);
    assert.ok(tunnels.length > 0, name);
    for (const { method, target, headers } of tunnels) {
      assert.equal(`${method} ${target}`, "CONNECT upstream.test:443");
      assert.doesNotMatch(JSON.stringify(headers), /sk-traps|asked/);
    }
  }
});
