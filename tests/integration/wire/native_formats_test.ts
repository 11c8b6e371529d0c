import assert from "node:assert/strict";
import { type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, eventStream } from "../../support/fake_upstream_script.ts";
import { streamFixture } from "../../support/read_stream.ts";
import { startGateway } from "../../support/start_gateway.ts";

const KEY = "the-tenant-key-of-these-tests";

/** How one vendor's SDK calls, and what the vendor hears of it. */
interface Native {
  readonly provider: string;
  readonly path: string;
  readonly query: string;
  /** As the SDK sends them; the key among them is the tenant's. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fields that the vendor must get as they were sent. */
  readonly kept: readonly string[];
  /** Where the vendor finds its own key. */
  readonly keyField: string;
  readonly streams: readonly string[];
  readonly family: string;
}

const VENDORS: readonly Native[] = [
  {
    provider: "anthropic",
    path: "/v1/messages",
    query: "beta=true",
    headers: {
      "x-api-key": KEY,
      "anthropic-version": "2026-10-21",
      "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,of-tomorrow-2027-01-01",
      "x-claude-code-session-id": "s-1",
    },
    kept: ["anthropic-version", "anthropic-beta", "x-claude-code-session-id"],
    keyField: "x-api-key",
    streams: [
      "synthetic_messages_max_tokens_crlf",
      "synthetic_messages_server_tools",
      "synthetic_messages_text",
      "synthetic_messages_thinking",
      "synthetic_messages_tools",
    ],
    family: "anthropic",
  },
  {
    provider: "gemini",
    path: "/v1alpha/models/gemini-3:streamGenerateContent",
    query: "alt=sse",
    headers: { "x-goog-api-key": KEY, "x-goog-api-client": "google-genai-sdk/3.3.0" },
    kept: ["x-goog-api-client"],
    keyField: "x-goog-api-key",
    streams: ["synthetic_code", "synthetic_image", "synthetic_text", "synthetic_thinking", "synthetic_tools"],
    family: "gemini",
  },
];

/** Spelt as no serialiser would: what comes out alike was never parsed and built again. */
const BODY =
  '{ "model":"m" ,\n"messages":[{"role":"user","content":"\\u0068i","x":1.0}], "contents" : [ {"parts":[{"text":"hi"}]}],"max_tokens":1e2,"n":12345678901234567890,"of_tomorrow":{"b":1,"a":[ ]}}';

async function gatewayFor(upstream: FakeUpstream, { provider }: Native) {
  return await startGateway({
    config: {
      tenants: [{ name: "web", keys: [KEY], paths: ["*"] }],
      pools: [{ provider, upstreams: [upstream.url], keys: ["vendor-key-0123456789"], models: ["*"] }],
    },
  });
}

async function ask(url: string, vendor: Native, body: string): Promise<Response> {
  return await fetch(`${url}${vendor.path}?${vendor.query}`, {
    method: "POST",
    headers: { ...vendor.headers, "content-type": "application/json" },
    body,
  });
}

for (const vendor of VENDORS) {
  const streamed = BODY.replace('"of_tomorrow"', '"stream":true,"of_tomorrow"');

  Deno.test(`${vendor.provider}: a request reaches its vendor byte for byte, by its own path, fields and key`, async () => {
    await using upstream = await fakeUpstream(answer("{}"));
    await using gateway = await gatewayFor(upstream, vendor);
    await (await ask(gateway.url, vendor, BODY)).body?.cancel();
    const [delivery] = upstream.deliveries;
    assert.equal(delivery?.text, BODY);
    assert.equal(delivery?.target, `${vendor.path}?${vendor.query}`);
    for (const name of vendor.kept) assert.equal(delivery?.headers[name], vendor.headers[name], name);
    assert.equal(delivery?.headers[vendor.keyField], "vendor-key-0123456789");
    assert.ok(!JSON.stringify(delivery?.fields).includes(KEY), "the tenant's key goes nowhere");
  });

  for (const name of vendor.streams) {
    Deno.test(`${vendor.provider}: the stream ${name} reaches the client byte for byte, however it is cut`, async () => {
      const odd = new TextEncoder().encode(
        'event: of_tomorrow\ndata: {"type":"of_tomorrow","x":1.0}\n\n: odd\n\n',
      );
      const fixture = streamFixture(vendor.family, name);
      const bytes = vendor.family === "gemini" ? fixture : new Uint8Array([...odd, ...fixture]);
      for (const size of [1, 7, bytes.length]) {
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
        await using upstream = await fakeUpstream(eventStream(pieces));
        await using gateway = await gatewayFor(upstream, vendor);
        const response = await ask(gateway.url, vendor, streamed);
        assert.equal(response.status, 200);
        assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes, `in pieces of ${size}`);
      }
    });
  }

  Deno.test(`${vendor.provider}: a whole answer and a client's own mistake pass byte for byte`, async () => {
    const good = '{ "usage":{"input_tokens":1,"output_tokens":2} , "n":12345678901234567890,"x":1.0}';
    const bad =
      '{ "type":"error","error":{"type":"invalid_request_error","code":400,"status":"INVALID_ARGUMENT","message":"max_tokens: \\u0021"},"x":1.0}';
    await using upstream = await fakeUpstream([answer(good), answer(bad, { status: 400 })]);
    await using gateway = await gatewayFor(upstream, vendor);
    const whole = { ...vendor, path: vendor.path.replace("streamG", "g"), query: "x=1" };
    assert.equal(await (await ask(gateway.url, whole, BODY)).text(), good);
    const refused = await ask(gateway.url, whole, BODY);
    assert.deepEqual([refused.status, await refused.text()], [400, bad]);
  });
}

Deno.test("gemini: a stream that is a JSON array passes as it comes", async () => {
  const [, vendor] = VENDORS;
  assert.ok(vendor !== undefined);
  const array =
    '[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}\n,\r\n{"candidates":[{"finishReason":"STOP"}]}\n]';
  const held = Promise.withResolvers<void>();
  const whole = answer(array, { framing: "chunked", pieceBytes: 30 });
  const steps = [
    ...whole.steps.slice(0, 2),
    { do: "wait", until: held.promise } as const,
    ...whole.steps.slice(2),
  ];
  await using upstream = await fakeUpstream({ steps });
  await using gateway = await gatewayFor(upstream, vendor);
  const response = await ask(gateway.url, { ...vendor, query: "x=1" }, BODY);
  const reader = response.body?.getReader();
  const first = await reader?.read();
  assert.equal(new TextDecoder().decode(first?.value), array.slice(0, 30), "before the rest has come");
  held.resolve();
  let rest = "";
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    rest += new TextDecoder().decode(next.value);
  }
  assert.equal(rest, array.slice(30));
});
