import assert from "node:assert/strict";

import { rawClient, statusOf } from "../support/raw_client.ts";
import { type TestListener, testListener } from "../support/test_listener.ts";
import { until } from "../support/until.ts";

const H = "Host: gate.example\r\n";

/** Requests that must be refused with one of these statuses, or closed without a word (0), and reach nothing. */
const REFUSED: [name: string, request: string, statuses: number[]][] = [
  ["query in Host", "GET /admin/x HTTP/1.1\r\nHost: h/foo?\r\n\r\n", [400]],
  ["path in Host", "GET /v1/a HTTP/1.1\r\nHost: evil/admin/x?\r\n\r\n", [400]],
  ["markup in Host", "GET /v1/a HTTP/1.1\r\nHost: <script>\r\n\r\n", [400]],
  ["user in Host", "GET /v1/a HTTP/1.1\r\nHost: user@evil\r\n\r\n", [400]],
  ["fragment in Host", "GET /v1/a HTTP/1.1\r\nHost: a#b\r\n\r\n", [400]],
  ["backslash in Host", "GET /v1/a HTTP/1.1\r\nHost: a\\b\r\n\r\n", [400]],
  ["space in Host", "GET /v1/a HTTP/1.1\r\nHost: a b\r\n\r\n", [400]],
  ["comma in Host", "GET /v1/a HTTP/1.1\r\nHost: a,b\r\n\r\n", [400]],
  ["empty Host", "GET /v1/a HTTP/1.1\r\nHost:\r\n\r\n", [400]],
  ["word for a port", "GET /v1/a HTTP/1.1\r\nHost: a:http\r\n\r\n", [400]],
  ["huge port", "GET /v1/a HTTP/1.1\r\nHost: a:1234567\r\n\r\n", [400]],
  ["bare IPv6", "GET /v1/a HTTP/1.1\r\nHost: ::1\r\n\r\n", [400]],
  ["Latin-1 in Host", "GET /v1/a HTTP/1.1\r\nHost: b\u00fccher\r\n\r\n", [400]],
  ["no Host", "GET /v1/a HTTP/1.1\r\n\r\n", [400]],
  ["no Host, HTTP/1.0", "GET /v1/a HTTP/1.0\r\n\r\n", [400]],
  ["two Hosts", "GET /v1/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", [400]],
  ["the same Host twice", "GET /v1/a HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n", [400]],
  ["Host split over lines", "GET /v1/a HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", [400]],
  ["space before the colon", "GET /v1/a HTTP/1.1\r\nHost : a\r\n\r\n", [400]],
  ["two slashes", `GET //evil.example/x HTTP/1.1\r\n${H}\r\n`, [400]],
  ["slash backslash", `GET /\\evil.example/x HTTP/1.1\r\n${H}\r\n`, [400]],
  ["inner two slashes", `GET /v1//models HTTP/1.1\r\n${H}\r\n`, [400]],
  ["dot segments", `GET /v1/../admin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["single dot", `GET /v1/./models HTTP/1.1\r\n${H}\r\n`, [400]],
  ["encoded dots", `GET /v1/%2e%2e/admin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["half encoded dots", `GET /v1/.%2E/admin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["twice encoded dots", `GET /v1/%252e%252e/admin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["overlong dots", `GET /v1/%c0%ae%c0%ae/admin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["dots behind a parameter", `GET /v1/;/../admin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["dots with a parameter", `GET /v1/..;x=1/admin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["encoded slash", `GET /v1/files%2f..%2fadmin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["encoded backslash", `GET /v1/..%5cadmin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["encoded NUL", `GET /v1/a%00 HTTP/1.1\r\n${H}\r\n`, [400]],
  ["encoded CRLF", `GET /v1/a%0d%0aX:%20y HTTP/1.1\r\n${H}\r\n`, [400]],
  ["raw NUL", `GET /v1/a\x00b HTTP/1.1\r\n${H}\r\n`, [400]],
  ["raw tab", `GET /v1/a\tb HTTP/1.1\r\n${H}\r\n`, [400]],
  ["raw UTF-8", `GET /v1/\u6a21 HTTP/1.1\r\n${H}\r\n`, [400]],
  ["broken escape", `GET /v1/%zz HTTP/1.1\r\n${H}\r\n`, [400]],
  ["fragment", `GET /v1/a#b HTTP/1.1\r\n${H}\r\n`, [400]],
  ["space in the target", `GET /v1/a b HTTP/1.1\r\n${H}\r\n`, [400]],
  ["no leading slash", `GET v1/models HTTP/1.1\r\n${H}\r\n`, [400]],
  ["absolute, other scheme", `GET ftp://evil.example/v1/a HTTP/1.1\r\n${H}\r\n`, [400]],
  ["absolute with a user", `GET http://u:p@evil.example/v1/a HTTP/1.1\r\n${H}\r\n`, [400]],
  ["absolute without a host", `GET http:///v1/a HTTP/1.1\r\n${H}\r\n`, [400]],
  ["absolute with dots", `GET http://a/v1/../admin HTTP/1.1\r\n${H}\r\n`, [400]],
  ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${H}\r\n`, [400]],
  ["CONNECT", `CONNECT evil.example:443 HTTP/1.1\r\n${H}\r\n`, [405]],
  ["TRACE", `TRACE /v1/a HTTP/1.1\r\n${H}\r\n`, [405]],
  ["an odd method", `PROPFIND /v1/a HTTP/1.1\r\n${H}\r\n`, [405]],
  ["an unknown method", `BREW /v1/a HTTP/1.1\r\n${H}\r\n`, [400, 405]],
  ["a lower-case method", `get /v1/a HTTP/1.1\r\n${H}\r\n`, [400, 405]],
  ["lines that end in LF alone", "GET /v1/a HTTP/1.1\nHost: a\n\n", [400]],
  ["a bare CR", `GET /v1/a HTTP/1.1\r\n${H}X: a\rb\r\n\r\n`, [400]],
  ["a control byte in a field", `GET /v1/a HTTP/1.1\r\n${H}X: a\x01b\r\n\r\n`, [400]],
  ["a field without a name", `GET /v1/a HTTP/1.1\r\n${H}: x\r\n\r\n`, [400]],
  ["a folded field", `GET /v1/a HTTP/1.1\r\n${H}X: a\r\n\tb\r\n\r\n`, [400]],
  [
    "length and chunks",
    `POST /v1/a HTTP/1.1\r\n${H}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400],
  ],
  ["two lengths", `POST /v1/a HTTP/1.1\r\n${H}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, [400]],
  ["a length with a sign", `POST /v1/a HTTP/1.1\r\n${H}Content-Length: +3\r\n\r\nabc`, [400]],
  ["a negative length", `POST /v1/a HTTP/1.1\r\n${H}Content-Length: -1\r\n\r\n`, [400]],
  [
    "identity before chunked",
    `POST /v1/a HTTP/1.1\r\n${H}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n`,
    [400],
  ],
  ["gzip before chunked", `POST /v1/a HTTP/1.1\r\n${H}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, [
    400,
  ]],
  [
    "chunked twice",
    `POST /v1/a HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400],
  ],
  ["chunked and not last", `POST /v1/a HTTP/1.1\r\n${H}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, [
    400,
  ]],
  ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]],
  ["HTTP/3.0", `GET /v1/a HTTP/3.0\r\n${H}\r\n`, [400]],
  ["HTTP/0.9", "GET /v1/a\r\n", [0, 400, 408]],
  ["a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [0, 400]],
  ["rubbish", "\x00\x01\x02\x03\r\n\r\n", [0, 400]],
  ["a WebSocket", `GET /v1/realtime HTTP/1.1\r\n${H}Connection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n`, [
    426,
  ]],
];

/** Requests that must be served, by the path that the data plane must see. */
const SERVED: [name: string, request: string, path: string][] = [
  ["plain", `GET /v1/a HTTP/1.1\r\n${H}\r\n`, "/v1/a"],
  ["absolute", `GET http://other.example/v1/a?x HTTP/1.1\r\n${H}\r\n`, "/v1/a"],
  ["IPv6 Host", "GET /v1/a HTTP/1.1\r\nHost: [::1]:4283\r\n\r\n", "/v1/a"],
  ["HTTP/1.0 with a Host", `GET /v1/a HTTP/1.0\r\n${H}\r\n`, "/v1/a"],
  ["encoded letters", `GET /v1/%E6%A8%A1%20x HTTP/1.1\r\n${H}\r\n`, "/v1/%E6%A8%A1%20x"],
  ["dots in a name", `GET /v1/models/a..b HTTP/1.1\r\n${H}\r\n`, "/v1/models/a..b"],
  [
    "a Gemini verb",
    `POST /v1beta/models/g-1.5:generateContent HTTP/1.1\r\n${H}Content-Length: 0\r\n\r\n`,
    "/v1beta/models/g-1.5:generateContent",
  ],
  ["an empty line first", `\r\nGET /v1/a HTTP/1.1\r\n${H}\r\n`, "/v1/a"],
];

async function answerTo(gate: TestListener, request: string): Promise<{ status: number; received: string }> {
  const client = await rawClient(gate.port);
  await client.send(request);
  await until(
    () => client.isEnded || client.received.includes("\r\n\r\n"),
    `an answer or an end comes to ${request}`,
  );
  client.close();
  return { status: statusOf(client.received), received: client.received };
}

Deno.test(`${REFUSED.length} heads that could be read in two ways are refused, and none reaches the gateway or hangs`, async () => {
  await using gate = await testListener({ limits: { headMs: 1_000, checkEveryMs: 100 } });
  for (const [name, request, statuses] of REFUSED) {
    const { status, received } = await answerTo(gate, request);
    assert.ok(statuses.includes(status), `${name}: ${status}`);
    assert.doesNotMatch(received, /script|evil|admin/, `${name}: nothing is echoed`);
    assert.deepEqual(gate.reached, [], name);
  }
  assert.equal((await fetch(`${gate.url}/healthz`).then((answer) => answer.json())).status, "ok");
});

Deno.test("a refused head closes its connection, and what follows it is not read as a request", async () => {
  await using gate = await testListener();
  const smuggled = `GET /v1/smuggled HTTP/1.1\r\n${H}\r\n`;
  const heads = [
    `GET /v1/../x HTTP/1.1\r\n${H}\r\n`,
    `POST /v1/../x HTTP/1.1\r\n${H}Content-Length: 10\r\n\r\n`,
    `POST /v1/x HTTP/1.1\r\n${H}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n`,
  ];
  for (const head of heads) {
    const client = await rawClient(gate.port);
    await client.send(head + smuggled + smuggled);
    await client.ended;
    assert.equal(client.received.match(/HTTP\/1\.1 /g)?.length, 1, head);
    client.close();
  }
  assert.deepEqual(gate.reached, []);
});

Deno.test("rubbish behind a request does not put an answer into the middle of another", async () => {
  let proceed = () => {};
  await using gate = await testListener({
    dataPlane: async (exchange) => {
      exchange.head(200, {});
      exchange.write(new TextEncoder().encode("part"));
      await new Promise<void>((resolve) => {
        proceed = resolve;
        exchange.onGone(resolve);
      });
      exchange.end();
    },
  });
  const client = await rawClient(gate.port);
  await client.send(`GET /v1/a HTTP/1.1\r\n${H}\r\n`);
  await until(() => client.received.includes("part"), "the answer is under way");
  await client.send("rubbish\r\n\r\n");
  await client.ended;
  assert.match(client.received, /4\r\npart\r\n$/);
  proceed();
  client.close();
});

Deno.test("heads that can be read in one way only are served under the path they name", async () => {
  await using gate = await testListener();
  for (const [name, request, path] of SERVED) {
    const { status } = await answerTo(gate, request);
    assert.equal(status, 200, name);
    assert.equal(gate.reached.pop(), path, name);
  }
});
