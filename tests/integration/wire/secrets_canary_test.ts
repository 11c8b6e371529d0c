import assert from "node:assert/strict";
import { join } from "node:path";
import type { Delivery } from "../../support/fake_upstream.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, CHAT_EVENTS, type Fault, FAULTS, headStep } from "../../support/fake_upstream_script.ts";
import type { WireField } from "../../support/fake_upstream_parser.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { requestPieces, wireCase, type WireCaseOptions } from "../../support/wire/wire_case.ts";
import { wireExchange } from "../../support/wire/wire_exchange.ts";

/** Each stands in one place only, and may be found nowhere else. */
const CANARIES = {
  upstreamKey: "sk-canary-upstream-4f1c2b7a90",
  otherUpstreamKey: "sk-canary-second/key+77d1e0==",
  tenantKey: "sk-canary-tenant-a81be55c0d",
  foreignTenantKey: "sk-canary-foreign-19c4ffab2e",
  bearer: "canary-bearer-5be0b9d3",
  apiKey: "canary-x-api-key-0c3de8f1",
  googleKey: "canary-x-goog-api-key-77ab",
  azureKey: "canary-api-key-2290fe",
  cookie: "canary-cookie-e1d2c3",
  proxyPassword: "canary-proxy-password-6a6a",
  basic: "Y2FuYXJ5OmJhc2ljLTkwOTA",
  queryKey: "canary-query-key-31337f",
} as const;

/** Every spelling under which a canary could lie about. */
function spellings(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [secret, escaped, escaped.replaceAll("/", "\\/"), encodeURIComponent(secret), btoa(secret)];
}

function assertNoCanary(text: string, where: string): void {
  for (const [name, secret] of Object.entries(CANARIES)) {
    for (const spelling of spellings(secret)) {
      const at = text.indexOf(spelling);
      assert.ok(at < 0, `${name} stands in ${where}: …${text.slice(Math.max(0, at - 60), at + 60)}…`);
    }
  }
}

const OWN_CREDENTIALS: readonly WireField[] = [
  ["x-api-key", CANARIES.apiKey],
  ["x-goog-api-key", CANARIES.googleKey],
  ["api-key", CANARIES.azureKey],
  ["cookie", `session=${CANARIES.cookie}`],
  ["proxy-authorization", `Basic ${CANARIES.basic}`],
];

const JSON_TYPE: WireField = ["content-type", "application/json"];

/** An upstream that repeats all it was sent, in every place where an error can stand. */
const echo = ({ target, headers }: Delivery) => JSON.stringify({ target, headers });
const ECHOES: Readonly<Record<string, (delivery: Delivery) => Fault>> = Object.fromEntries(
  [400, 401, 402, 403, 404, 409, 418, 422, 429, 500, 503].flatMap((status) => [
    [
      `${status} JSON`,
      (delivery: Delivery) =>
        answer(
          `{"error":{"message":${JSON.stringify(echo(delivery))},"type":"t","code":"c"},"sent":${
            echo(delivery)
          }}`,
          {
            status,
          },
        ),
    ],
    [
      `${status} text`,
      (delivery: Delivery) => answer(echo(delivery), { status, headers: { "content-type": "text/plain" } }),
    ],
  ]).concat(
    [
      ["redirect", (delivery) =>
        answer("", {
          status: 302,
          headers: { location: `http://h/?k=${delivery.headers["authorization"]}` },
        })],
      ["page", (delivery) => answer(`<html>${echo(delivery)}`, { headers: { "content-type": "text/html" } })],
      ["error in a 200", (delivery) => answer(`{"error":{"message":${JSON.stringify(echo(delivery))}}}`)],
      [
        "fault in a 200",
        (delivery) =>
          answer(`{"error":{"type":"invalid_request_error","message":${JSON.stringify(echo(delivery))}}}`),
      ],
      ["header of a 200", (delivery) =>
        answer('{"choices":[]}', {
          headers: {
            "x-echo": `${delivery.headers["authorization"]}`,
            "etag": `"${delivery.headers["authorization"]}"`,
          },
        })],
      [
        "header of a 400",
        (delivery) =>
          answer("{}", { status: 400, headers: { "x-echo": `${delivery.headers["authorization"]}` } }),
      ],
      ["header of a stream", (delivery) => ({
        steps: [
          headStep(200, {
            "content-type": "text/event-stream",
            "x-request-id": `${delivery.headers["authorization"]}`.replace(" ", "-"),
            "connection": "close",
          }),
          ...answer(CHAT_EVENTS.join("")).steps.slice(1),
          { do: "close" },
        ],
      })],
      [
        "a head that is no HTTP",
        ({ headers }) => ({
          steps: [{
            do: "send",
            bytes: new TextEncoder().encode(`HTTP/9 ${headers["authorization"]}\r\n\r\n`),
          }, { do: "close" }],
        }),
      ],
    ] satisfies [string, (delivery: Delivery) => Fault][],
  ),
);

interface Asked {
  readonly how: string;
  readonly options: WireCaseOptions;
  /** The bearer token; the tenant's where none is given. */
  readonly bearer?: string;
}

const STREAM = '{"model":"m","stream":true,"messages":[]}';
const ASKED: readonly Asked[] = [
  { how: "plain", options: { fields: [JSON_TYPE, ...OWN_CREDENTIALS] } },
  { how: "streamed", options: { fields: [JSON_TYPE, ...OWN_CREDENTIALS], body: STREAM } },
  {
    how: "key in the query",
    options: {
      target: `/v1/chat/completions?key=${CANARIES.tenantKey}&a=1&k%65y=${CANARIES.queryKey}`,
      fields: [JSON_TYPE],
    },
    bearer: CANARIES.bearer,
  },
  {
    how: "/proxy",
    options: { target: `/proxy/wire/any?key=${CANARIES.queryKey}`, fields: [JSON_TYPE, ...OWN_CREDENTIALS] },
  },
  {
    how: "key in the body",
    options: { body: JSON.stringify({ model: "m", user: CANARIES.tenantKey, k: CANARIES.otherUpstreamKey }) },
  },
  { how: "key as the model", options: { body: JSON.stringify({ model: CANARIES.tenantKey }) } },
];

const REFUSED: readonly Asked[] = [
  { how: "unknown keys", options: { fields: [JSON_TYPE, ...OWN_CREDENTIALS] }, bearer: CANARIES.bearer },
  {
    how: "unknown key in the query",
    options: { target: `/v1/models?key=${CANARIES.queryKey}`, method: "GET" },
    bearer: "x",
  },
  {
    how: "keys of two tenants",
    options: { fields: [JSON_TYPE, ["x-api-key", CANARIES.foreignTenantKey]] },
  },
  { how: "a path that is refused", options: { method: "GET", target: `/v1/../x?key=${CANARIES.queryKey}` } },
  { how: "a body that is refused", options: { body: `{"model":"${CANARIES.tenantKey}","model":1}` } },
];

async function ask(gateway: TestGateway, { how, options, bearer }: Asked, round: string): Promise<void> {
  const each = wireCase(how, options);
  const pieces = requestPieces(each, each.target, bearer ?? CANARIES.tenantKey);
  const told = await wireExchange(Number(new URL(gateway.url).port), pieces, each.method).catch(() =>
    undefined
  );
  if (told === undefined) return; // Cut, as some faults demand: then nothing was told at all.
  const heads = told.fields.map(([name, value]) => `${name}: ${value}`).join("\n");
  assertNoCanary(heads, `the header of ${round}, ${how}`);
  // A success below /proxy is nobody's to read or change: a server that repeats keys there does it on purpose.
  if (how === "/proxy" && told.status === 200) return;
  assertNoCanary(new TextDecoder().decode(told.body), `the answer of ${round}, ${how}`);
}

/** Lets every round meet endpoints that nothing is known against. */
function forgetFailures({ server: { health } }: TestGateway): void {
  for (const { scope } of [...health.marks()]) health.clear(scope);
}

/** Every file below a folder. */
async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* filesIn(path);
    else yield path;
  }
}

Deno.test("no secret gets out: not by an answer, a header, a record, a log line, a file, whatever goes wrong", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const pool = { provider: "openai_compatible", upstreams: [upstream.url], models: ["m"] };
  const keys = [CANARIES.upstreamKey, CANARIES.otherUpstreamKey];
  await using gateway = await startGateway({
    config: {
      pools: [{ ...pool, name: "wire", keys }, { ...pool, name: "own", keys: "client", models: ["own"] }],
      tenants: [
        { name: "a", keys: [CANARIES.tenantKey], paths: ["*"] },
        { name: "b", keys: [CANARIES.foreignTenantKey], debug: true, paths: ["*"] },
      ],
      defaults: {
        deadlines: { headers: "60ms", headersUnstreamed: "60ms", firstContent: "60ms", idle: "60ms" },
        retry: { attempts: 2, wait: "0s" },
      },
      logs: { level: "debug" },
    },
    env: { "http_proxy": `http://user:${CANARIES.proxyPassword}@127.0.0.1:1` },
  });
  for (const asked of REFUSED) await ask(gateway, asked, "a refusal");
  assert.equal(upstream.connections, 0);
  const rounds: [string, Fault | ((delivery: Delivery) => Fault)][] = [
    ...Object.entries(FAULTS),
    ...Object.entries(ECHOES),
  ];
  for (const [round, fault] of rounds) {
    upstream.script = typeof fault === "function" ? fault : () => fault;
    forgetFailures(gateway);
    await Promise.all(ASKED.map((asked) => ask(gateway, asked, round)));
  }
  for (const path of ["/", "/readyz", "/healthz", "/metrics", "/v1/models"]) {
    await ask(gateway, { how: path, options: { method: "GET", target: path } }, "the end");
  }
  assert.ok(
    upstream.deliveries.some(({ headers }) => headers["authorization"] === `Bearer ${CANARIES.upstreamKey}`),
  );
  const records = await gateway.records();
  assert.ok(records.length > rounds.length * (ASKED.length - 1), "they were recorded");
  assertNoCanary(JSON.stringify(records), "the records");
  assert.ok(gateway.logText().length > 10_000, "it was logged");
  assertNoCanary(gateway.logText(), "the log");
  for await (const path of filesIn(gateway.dataDir)) {
    assertNoCanary(new TextDecoder("latin1").decode(await Deno.readFile(path)), path);
  }
});
