import assert from "node:assert/strict";
import net, { type AddressInfo } from "node:net";
import type { OutboundLink } from "../../../src/core/edits/outbound_link.ts";
import { Secret } from "../../../src/core/secret.ts";
import { systemRuntime } from "../../../src/core/time/system_runtime.ts";
import { UpstreamCaller } from "../../../src/upstream/call.ts";
import { type FakeUpstream, fakeUpstream, refusedUrl } from "../../support/fake_upstream.ts";
import { answer, FAULTS } from "../../support/fake_upstream_script.ts";
import { testProxy } from "../../support/wire/test_proxy.ts";
import { testSocksProxy } from "../../support/wire/test_socks_proxy.ts";
import { TEST_CA, type TlsDoor, tlsDoor } from "../../support/wire/tls_door.ts";

const portOf = (url: string) => Number(new URL(url).port);

/** A link by these; `name` stands for the authorities. */
function link(proxy: string | "none" | undefined, authorities: readonly string[] = []): OutboundLink {
  return {
    name: authorities.length === 0 ? "" : "ca",
    proxy: proxy === undefined || proxy === "none" ? proxy : new Secret(proxy),
    authorities,
  };
}

/** Makes one call and tells its status and text, or the kind of its failure. */
function asked(caller: UpstreamCaller, url: string, by?: OutboundLink): Promise<string> {
  return new Promise((resolve) => {
    let status = 0;
    let text = "";
    caller.startCall({ method: "GET", url, headers: {}, body: undefined, link: by }, {
      sent() {},
      head: (head) => void (status = head),
      data: (chunk) => void (text += new TextDecoder().decode(chunk)),
      end: () => resolve(`${status} ${text}`),
      failed: ({ kind, sent }) => resolve(`${kind}${sent ? " sent" : ""}`),
    });
  });
}

interface World extends AsyncDisposable {
  readonly upstream: FakeUpstream;
  readonly door: TlsDoor;
  readonly caller: UpstreamCaller;
}

/** An upstream, plain and behind TLS, and a caller whose environment names `proxy`. */
async function world(proxy?: string): Promise<World> {
  const stack = new AsyncDisposableStack();
  const upstream = stack.use(await fakeUpstream(answer("hello")));
  const door = stack.use(await tlsDoor(upstream.url));
  const caller = stack.use(new UpstreamCaller(() => proxy, systemRuntime()));
  return { upstream, door, caller, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

Deno.test("a SOCKS proxy is asked for the name, its connections carry plain calls and TLS, and are kept", async () => {
  await using each = await world();
  const { upstream, door, caller } = each;
  const ports = { "plain.test": portOf(upstream.url), "vendor.test": door.port };
  await using socks = await testSocksProxy(ports);
  const by = link(`socks5://${socks.authority}`, [TEST_CA]);
  for (let call = 0; call < 2; call++) {
    assert.equal(await asked(caller, "http://plain.test/v1/x", by), "200 hello");
    assert.equal(await asked(caller, "https://vendor.test:8443/v1/x", by), "200 hello");
  }
  assert.deepEqual(socks.tunnels.map(({ target }) => target), ["plain.test:80", "vendor.test:8443"]);
  assert.equal(upstream.deliveries[0]?.headers["host"], "plain.test");
});

Deno.test("a SOCKS proxy gets addresses as such, and user and password decoded", async () => {
  await using each = await world();
  const { upstream, caller } = each;
  await using socks = await testSocksProxy({ "127.0.0.1": portOf(upstream.url) }, "us:er:p@ss");
  const by = (login: string) => link(`socks5h://${login}@${socks.authority}`);
  assert.equal(await asked(caller, "http://127.0.0.1:9/v1", by("us%3Aer:p%40ss")), "200 hello");
  assert.deepEqual(socks.tunnels, [{ target: "127.0.0.1:9", login: "us:er:p@ss" }]);
  assert.equal(await asked(caller, "http://127.0.0.1:9/v1", by("us:wrong")), "proxy");
  assert.equal(
    await asked(caller, "http://127.0.0.1:9/v1", link(`socks5://${socks.authority}`)),
    "proxy",
    "it wants a login",
  );
  await using open = await testSocksProxy({});
  assert.equal(
    await asked(caller, "http://[2001:db8::1:0:ff]:9/v1", link(`socks5://${open.authority}`)),
    "proxy",
  );
  assert.equal(open.tunnels[0]?.target, "20010db8000000000000 0001000000ff:9".replace(" ", ""));
});

Deno.test("a SOCKS proxy that is not there, speaks HTTP or breaks off is a failure before sending", async () => {
  await using each = await world();
  const { caller } = each;
  assert.equal(
    await asked(caller, "http://a.test", link((await refusedUrl()).replace("http", "socks5"))),
    "refused",
  );
  for (const words of ["", "HTTP/1.1 400 Bad Request\r\n\r\n", "\x05"]) {
    const server = net.createServer((socket) => socket.on("error", () => {}).resume().end(words));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // The address of a listening TCP server is never a pipe's name or null.
    const { port } = server.address() as AddressInfo;
    const told = await asked(caller, "http://a.test", link(`socks5://127.0.0.1:${port}`));
    await new Promise<void>((resolve) => server.close(() => resolve()));
    assert.equal(told, "proxy", JSON.stringify(words));
  }
});

Deno.test("a certificate of an own authority is believed where the link says so, and nowhere else", async () => {
  await using each = await world();
  const { door, caller } = each;
  const url = `https://localhost:${door.port}/v1`;
  assert.equal(await asked(caller, url), "tls");
  assert.equal(await asked(caller, url, link(undefined, [TEST_CA])), "200 hello");
  assert.equal(await asked(caller, url), "tls", "connections are not shared");
});

// undici's clock for connect timeouts runs for a second after a connection through a proxy, into the tests after this one.
const sharedClock = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "an HTTP proxy tunnels to a host of an own authority, with its user and password",
  sharedClock,
  async () => {
    await using each = await world();
    const { upstream, door, caller } = each;
    await using proxy = await testProxy({ "vendor.test": door.port, "plain.test": portOf(upstream.url) });
    const by = link(`http://us:p%40ss@${proxy.authority}`, [TEST_CA]);
    assert.equal(await asked(caller, "https://vendor.test/v1", by), "200 hello");
    assert.equal(await asked(caller, "http://plain.test/v1", by), "200 hello");
    assert.deepEqual(proxy.seen.map(({ method }) => method), ["CONNECT", "GET"]);
    for (const { headers } of proxy.seen) {
      assert.equal(headers["proxy-authorization"], `Basic ${btoa("us:p@ss")}`);
    }
  },
);

Deno.test("a link goes before the environment's proxy, 'none' straight", sharedClock, async () => {
  await using environment = await fakeUpstream(FAULTS.ok);
  await using each = await world(environment.url);
  const { upstream, caller } = each;
  assert.equal(await asked(caller, upstream.url, link("none")), "200 hello");
  assert.equal(environment.deliveries.length, 0);
  await asked(caller, upstream.url);
  await asked(caller, upstream.url, link(undefined, [TEST_CA]));
  assert.equal(environment.deliveries.length, 2, "a link without a proxy leaves it to the environment");
  await using proxy = await testProxy({ "127.0.0.1": portOf(upstream.url) });
  assert.equal(await asked(caller, upstream.url, link(`http://${proxy.authority}`)), "200 hello");
});
