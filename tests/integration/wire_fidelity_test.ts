import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { ANSWERS } from "../fixtures/wire/answers.ts";
import { JSON_BODIES, REFUSED_BODIES } from "../fixtures/wire/json_bodies.ts";
import { REQUESTS } from "../fixtures/wire/requests.ts";
import { type Delivery, type FakeUpstream, fakeUpstream } from "../support/fake_upstream.ts";
import { startGateway, type TestGateway } from "../support/start_gateway.ts";
import { fieldsLeft, fieldsOfOthers } from "../support/wire/published_edits.ts";
import { requestPieces, type WireCase, wireCase } from "../support/wire/wire_case.ts";
import { type WireAnswer, wireExchange } from "../support/wire/wire_exchange.ts";
import { FAULTS } from "../support/fake_upstream_script.ts";

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
  sameBytes(through.body, direct.body, "answer body");
  assert.deepEqual(
    fieldsOfOthers(through.fields, "answer", direct.fields),
    fieldsLeft(direct.fields, "answer", isBelowProxy(each)),
  );
}

/** The line of a request in the records, as text. */
async function recordLine(gateway: TestGateway, answer: WireAnswer): Promise<string> {
  await gateway.records();
  const id = answer.fields.find(([name]) => name === "x-request-id")?.[1] ?? "";
  const folder = join(gateway.dataDir, "records");
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".jsonl")) continue;
    const text = await Deno.readTextFile(join(folder, name));
    const line = text.split("\n").find((each) => each.startsWith(`{"v":1,"id":"${id}"`));
    if (line !== undefined) return line;
  }
  assert.fail("the request was recorded");
}

const onOneLine = (body: Uint8Array) => Buffer.from(body).toString().replaceAll(/[\r\n]/g, " ");

async function assertCase(each: WireCase, both: Wire): Promise<void> {
  const direct = await sent(each, both.upstream.url, each.upstreamTarget, both);
  const through = await sent(each, both.gateway.url, each.target, both);
  assertRequest(each, direct.delivery, through.delivery);
  assertAnswer(each, direct.answer, through.answer);
  const line = await recordLine(both.gateway, through.answer);
  assert.equal(JSON.parse(line).outcome, each.outcome);
}

for (const [kind, cases] of [["request", REQUESTS], ["answer", ANSWERS]] as const) {
  Deno.test(`${kind}s, ${cases.length}: through the gateway as without it but for the published edits`, async (t) => {
    await using both = await wire();
    for (const each of cases) await t.step(each.name, () => assertCase(each, both));
  });
}

Deno.test(`JSON bodies, ${JSON_BODIES.length}: the upstream and the record get the very bytes`, async (t) => {
  await using both = await wire();
  for (const [name, body] of JSON_BODIES) {
    await t.step(name, async () => {
      const each = wireCase(name, { body });
      await assertCase(each, both);
      const { answer } = await sent(each, both.gateway.url, each.target, both);
      const line = await recordLine(both.gateway, answer);
      assert.ok(
        line.includes(`,"request":${onOneLine(each.body)},"response":`),
        "the record has the request",
      );
    });
  }
});
