import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { ANSWERS } from "../../fixtures/wire/answers.ts";
import { JSON_BODIES, REFUSED_BODIES } from "../../fixtures/wire/json_bodies.ts";
import { USAGE_FLAGS, USAGE_STREAM } from "../../fixtures/wire/usage_flags.ts";
import { REQUESTS } from "../../fixtures/wire/requests.ts";
import { type Delivery, type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";
import {
  fieldsLeft,
  fieldsOfOthers,
  PASSED_BELOW_PROXY,
  PASSED_FIELDS,
  PUBLISHED_EDITS,
} from "../../support/wire/published_edits.ts";
import { requestPieces, type WireCase, wireCase } from "../../support/wire/wire_case.ts";
import { type WireAnswer, wireExchange } from "../../support/wire/wire_exchange.ts";
import { answer, FAULTS, send } from "../../support/fake_upstream_script.ts";

const UPSTREAM_KEY = "sk-wire-upstream-key";

/** An upstream, and a gateway that passes every model on to it. */
interface Wire extends AsyncDisposable {
  readonly upstream: FakeUpstream;
  readonly gateway: TestGateway;
}

async function wire(routes: readonly unknown[] = [{ model: "*", to: "wire/*" }]): Promise<Wire> {
  const stack = new AsyncDisposableStack();
  const upstream = stack.use(await fakeUpstream(FAULTS.ok));
  const gateway = stack.use(
    await startGateway({
      config: {
        pools: [{
          name: "wire",
          provider: "openai_compatible",
          upstreams: [upstream.url],
          keys: [UPSTREAM_KEY],
          models: ["m"],
        }],
        routes,
      },
    }),
  );
  return { upstream, gateway, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const portOf = (url: string) => Number(new URL(url).port);

interface Seen {
  readonly delivery: Delivery;
  readonly answer: WireAnswer;
}

/** Sends a case to `url` and tells what the upstream got and what came back. */
async function sent(each: WireCase, url: string, target: string, { upstream, gateway }: Wire): Promise<Seen> {
  upstream.script = each.answer;
  const before = upstream.deliveries.length;
  const answer = await wireExchange(portOf(url), requestPieces(each, target, gateway.key), each.method);
  const [delivery, ...more] = upstream.deliveries.slice(before);
  assert.ok(delivery !== undefined, `the upstream heard of it (answer ${answer.status})`);
  assert.deepEqual(more, [], "the upstream heard of it once");
  return { delivery, answer };
}

function sameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  const around = (bytes: Uint8Array) => Buffer.from(bytes.subarray(Math.max(0, at - 20), at + 60)).toString();
  assert.fail(
    `${what}: ${actual.length} bytes for ${expected.length}, from ${at}: ${
      JSON.stringify(around(actual))
    } for ${JSON.stringify(around(expected))}`,
  );
}

const isBelowProxy = (each: WireCase) => each.target.startsWith("/proxy/");

function assertRequest(each: WireCase, direct: Delivery, through: Delivery): void {
  assert.equal(through.method, direct.method);
  assert.equal(through.target, direct.target);
  sameBytes(through.body, each.upstreamBody, "request body");
  const coding = each.upstreamBody === each.body ? [] : ["content-encoding"];
  assert.deepEqual(
    fieldsOfOthers(through.fields, "request", direct.fields),
    fieldsLeft(direct.fields, "request", isBelowProxy(each)).filter(([name]) => !coding.includes(name)),
  );
  assert.equal(through.headers["authorization"], `Bearer ${UPSTREAM_KEY}`);
  assert.equal(through.headers["accept-encoding"], "identity");
  assert.equal(
    through.headers["host"],
    direct.headers["host"] === undefined ? undefined : through.headers["host"],
  );
}

function assertAnswer(each: WireCase, direct: WireAnswer, through: WireAnswer): void {
  assert.equal(through.status, direct.status);
  assert.ok(through.whole && direct.whole);
  sameBytes(through.body, each.answerBody ?? direct.body, "answer body");
  assert.deepEqual(
    fieldsOfOthers(through.fields, "answer", direct.fields),
    fieldsLeft(direct.fields, "answer", isBelowProxy(each)),
  );
}

const idOf = (answer: WireAnswer) => answer.fields.find(([name]) => name === "x-request-id")?.[1] ?? "";

/** The records' lines, as text, by request id. */
async function recordLines(gateway: TestGateway): Promise<ReadonlyMap<string, string>> {
  await gateway.records();
  const folder = join(gateway.dataDir, "records");
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".jsonl")
  );
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(join(folder, name))));
  return new Map(
    texts.join("").split("\n").filter((line) => line !== "").map((line) => [JSON.parse(line).id, line]),
  );
}

const onOneLine = (body: Uint8Array) => Buffer.from(body).toString().replaceAll(/[\r\n]/g, " ");

/** Sends a case both ways, compares, and returns the id of its record. */
async function assertCase(each: WireCase, both: Wire): Promise<string> {
  const direct = await sent(each, both.upstream.url, each.upstreamTarget, both);
  const through = await sent(each, both.gateway.url, each.target, both);
  assertRequest(each, direct.delivery, through.delivery);
  assertAnswer(each, direct.answer, through.answer);
  return idOf(through.answer);
}

const BODY_CASES = JSON_BODIES.map(([name, body]) => wireCase(name, { body }));

/** A streamed chat, what arrives of it where the client did not ask for its usage, and which of two events it sees. */
const FLAGGED = USAGE_FLAGS.map(([name, body, arrives]) =>
  wireCase(`usage flag: ${name}`, {
    body,
    upstreamBody: arrives,
    recordedBody: body,
    answer: answer(USAGE_STREAM.all, {
      framing: "chunked",
      headers: { "content-type": "text/event-stream" },
    }),
    answerBody: body === arrives ? USAGE_STREAM.all : USAGE_STREAM.unasked,
  })
);

for (
  const [kind, cases] of [["JSON bodies", BODY_CASES], ["requests", REQUESTS], ["answers", ANSWERS], [
    "usage flags",
    FLAGGED,
  ]] as const
) {
  Deno.test(`${cases.length} cases of ${kind}: through the gateway as without it but for the published edits`, async (t) => {
    await using both = await wire();
    const ids = new Map<WireCase, string>();
    for (const each of cases) {
      await t.step(each.name, async () => void ids.set(each, await assertCase(each, both)));
    }
    await t.step("and each is recorded with its outcome and the very request", async () => {
      const lines = await recordLines(both.gateway);
      for (const each of cases) assertRecord(each, lines.get(ids.get(each) ?? "") ?? "");
    });
  });
}

/** Whether the record's body is the JSON that was sent: as it is, on one line. */
function assertRecord(each: WireCase, line: string): void {
  assert.equal(JSON.parse(line).outcome, each.outcome, each.name);
  const isRead = each.target.includes("/v1/chat/completions") && each.body.length > 0;
  if (isRead) assert.ok(line.includes(`,"request":${onOneLine(each.recordedBody)},"response":`), each.name);
}

Deno.test("JSON answers are recorded as they came", async () => {
  await using both = await wire();
  const names = [
    "numbers and names that a parser would change",
    "white space and CRLF",
    "JSON in 1-byte chunks",
    "JSON ended by the connection",
    "JSON of 5 MB",
    "400",
  ];
  const cases = ANSWERS.filter(({ name }) => names.includes(name));
  assert.equal(cases.length, names.length);
  const bodies = new Map<string, Uint8Array>();
  for (const each of cases) {
    const { answer } = await sent(each, both.gateway.url, each.target, both);
    bodies.set(idOf(answer), answer.body);
  }
  const lines = await recordLines(both.gateway);
  for (const [id, body] of bodies) {
    const text = onOneLine(body);
    assert.ok(lines.get(id)?.includes(`,"response":${text},"attempts":`), text.slice(0, 80));
  }
});

Deno.test("a JSON body that two readers could read in two ways is refused, and no upstream hears of it", async () => {
  await using both = await wire();
  for (const [name, body] of REFUSED_BODIES) {
    const each = wireCase(name, { body });
    const answer = await wireExchange(
      portOf(both.gateway.url),
      requestPieces(each, each.target, both.gateway.key),
      each.method,
    );
    assert.equal(answer.status, 400, name);
    assert.equal(JSON.parse(Buffer.from(answer.body).toString()).error.code, "invalid_json", name);
  }
  assert.equal(both.upstream.deliveries.length, 0);
  const outcomes = [...(await recordLines(both.gateway)).values()].map((line) => JSON.parse(line).outcome);
  assert.deepEqual(outcomes, REFUSED_BODIES.map(() => "rejected"));
});

/** Bodies for a route that renames the model: what is sent, what arrives. */
const RENAMED: readonly (readonly [sent: string, arrives: string])[] = [
  ['{"model":"pub","seed":12345678901234567890}', '{"model":"up/1","seed":12345678901234567890}'],
  [
    '{"x":{"model":"pub"},\r\n"m\\u006fdel"\t:  "p\\u0075b" }',
    '{"x":{"model":"pub"},\r\n"m\\u006fdel"\t:  "up/1" }',
  ],
  [
    '{"t":1.0,"t":-0,"u":"é\\ud800","model":"pub"}\n',
    '{"t":1.0,"t":-0,"u":"é\\ud800","model":"up/1"}\n',
  ],
  ["{}", '{"model":"rest"}'],
  [" { } ", ' {"model":"rest" } '],
  ['{"messages":[1.0]}', '{"model":"rest","messages":[1.0]}'],
  ['{\n "n":1}', '{"model":"rest",\n "n":1}'],
  ['{"n":1,"model":null}', '{"n":1,"model":"rest"}'],
  ['{"model":{"a":[1.0]}}', '{"model":"rest"}'],
  ["[1.0]", "[1.0]"],
];

Deno.test("a route that renames the model changes the model's value and no other byte", async () => {
  await using both = await wire([
    { model: "pub", to: "wire/up/1" },
    { model: "m", to: "wire/rest" },
    { model: "*", to: "wire/rest" },
  ]);
  for (const [body, arrives] of RENAMED) {
    const each = wireCase(body, { body, upstreamBody: arrives });
    assertRequest(
      each,
      (await sent(each, both.upstream.url, each.target, both)).delivery,
      (await sent(each, both.gateway.url, each.target, both)).delivery,
    );
  }
  for (const each of REQUESTS.filter(({ name }) => name.startsWith("a form") && !name.includes("gzip"))) {
    const { delivery } = await sent(each, both.gateway.url, each.target, both);
    const model = Buffer.from(each.body).indexOf('name="model"\r\n\r\nm') + 'name="model"\r\n\r\n'.length;
    const expected = [each.body.subarray(0, model), Buffer.from("rest"), each.body.subarray(model + 1)];
    sameBytes(delivery.body, Buffer.concat(expected), each.name);
  }
});

Deno.test("a body without a model goes to an account path as it is, whatever the catch-all route names", async () => {
  await using both = await wire([{ model: "*", to: "wire/rest" }]);
  const each = wireCase("a batch", { target: "/v1/batches", body: '{"metadata":{"a":1.0}}' });
  const { delivery } = await sent(each, both.gateway.url, each.target, both);
  sameBytes(delivery.body, each.body, "body");
});

const stands = (pattern: string) => pattern.endsWith("*") ? `${pattern.slice(0, -1)}odd` : pattern;

Deno.test("the fields that the published edits take away are gone, and only those", async () => {
  await using both = await wire();
  const framing = ["content-length", "transfer-encoding", "connection", "upgrade", "host", "expect"];
  const lost = (side: "request" | "answer") =>
    PUBLISHED_EDITS.flatMap((row) => row[side].loses).filter((name) => !framing.includes(name)).map(stands);
  const request = ["connection", ...lost("request"), "x-named", "x-kept", "pragma"];
  const answer = ["connection", ...lost("answer"), "x-named", "x-kept", "pragma"];
  const value = (name: string) =>
    name === "connection" ? "close, X-Named" : name === "authorization" ? "" : "v";
  // The prefix names the vendor, whom credentials in every spelling would leave open.
  for (const target of ["/openai/v1/files/file-1/content", "/proxy/wire/any"]) {
    const each = wireCase("every field", {
      method: "GET",
      target,
      upstreamTarget: target.replace(/^\/(?:proxy\/wire|openai)/, ""),
      fields: request.filter((name) => name !== "authorization").map((name) => [name, value(name)]),
      answer: {
        steps: [
          send(
            `HTTP/1.1 200 OK\r\n${
              answer.map((name) => `${name}: ${value(name)}\r\n`).join("")
            }content-length: 0\r\n\r\n`,
          ),
          { do: "close" },
        ],
      },
    });
    const direct = await sent(each, both.upstream.url, each.upstreamTarget, both);
    const through = await sent(each, both.gateway.url, target, both);
    const isProxy = isBelowProxy(each);
    const left = fieldsOfOthers(through.delivery.fields, "request", direct.delivery.fields);
    assert.deepEqual(left.map(([name]) => name), isProxy ? ["x-kept", "pragma"] : ["x-kept"]);
    assertRequest(each, direct.delivery, through.delivery);
    assertAnswer(each, direct.answer, through.answer);
    const returned = fieldsOfOthers(through.answer.fields, "answer", direct.answer.fields).map(([name]) =>
      name
    );
    assert.deepEqual(returned, isProxy ? [...PASSED_BELOW_PROXY, "x-kept", "pragma"] : ["x-kept"]);
  }
});

Deno.test("docs/design.md §1 publishes the very edits that these tests allow", async () => {
  const text = await Deno.readTextFile(new URL("../../../docs/design.md", import.meta.url));
  const section = text.slice(text.indexOf("**Published edits.**"), text.indexOf("## 2. Words"));
  const named = (cell = "") =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name).filter((name) => !name.startsWith("/"));
  const rows = section.split("\n").filter((line) => line.startsWith("| ")).slice(1).map((line) => {
    const [edit = "", ...cells] = line.split("|").slice(1, -1);
    const [loses, gains, answerLoses, answerGains] = cells.map(named);
    return {
      edit: edit.trim(),
      request: { loses, gains },
      answer: { loses: answerLoses, gains: answerGains },
    };
  });
  assert.deepEqual(rows, PUBLISHED_EDITS);
  const passing = section.slice(section.indexOf("only these pass:")).split("from answers");
  assert.deepEqual(passing.map(named), [PASSED_FIELDS.request, PASSED_FIELDS.answer]);
});
