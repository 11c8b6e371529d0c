import assert from "node:assert/strict";
import { GatewayError } from "../../src/core/errors.ts";
import { Secret } from "../../src/core/secret.ts";
import { openaiOther } from "../../src/formats/openai/openai_other.ts";
import { openai } from "../../src/providers/openai.ts";
import { arrayExchange } from "../support/array_exchange.ts";
import { attemptsSetup, candidateAt } from "../support/attempts_setup.ts";
import { fakeUpstream } from "../support/fake_upstream.ts";
import { answer, CHAT_ANSWER, errorAnswer, FAULTS } from "../support/fake_upstream_script.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("the next tier is asked only when the one before cannot, and both in order", async () => {
  await using setup = attemptsSetup();
  await using bad = await fakeUpstream(errorAnswer(500, {}));
  await using good = await fakeUpstream(FAULTS.ok);
  const exchange = arrayExchange();
  const tiers = [[candidateAt("a", bad.url), candidateAt("b", bad.url)], [candidateAt("c", good.url)]];
  const result = await setup.run({ exchange, tiers });
  assert.deepEqual(result.records.map(({ endpoint, number }) => `${number} ${endpoint}`), [
    "1 a",
    "2 b",
    "3 c",
  ]);
  assert.equal(exchange.text(), CHAT_ANSWER);
  const [first] = result.records;
  assert.deepEqual([first?.pool, first?.upstream, first?.key, first?.model], [
    "pool",
    "upstream of a",
    "f-a",
    "m",
  ]);
  assert.ok(
    first !== undefined && first.headMs !== null && first.endMs >= first.headMs &&
      first.firstContentMs === null,
  );
});

Deno.test("every endpoint gets its own credential and model, and the other bytes of the body as they came", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream([errorAnswer(429, {}), FAULTS.ok]);
  const exchange = arrayExchange({
    query: "beta=true&x=%2F",
    headers: { "x-a": "1", "authorization": "Bearer sk-tg-client" },
  });
  const text = '{ "n": 12345678901234567890, "model" : "m", "z":1.0 }';
  const start = text.indexOf('"m",');
  await setup.run({
    exchange,
    tiers: [[
      candidateAt("a", `${upstream.url}/v1`, { model: 'odd "name"\u2028é' }),
      candidateAt("b", upstream.url),
    ]],
    body: { kind: "bytes", bytes: encode(text), model: { start, end: start + 3, spelling: "json" } },
  });
  const [first, second] = upstream.deliveries;
  assert.equal(first?.text, text.replace('"m",', `${JSON.stringify('odd "name"\u2028é')},`));
  assert.equal(second?.text, text);
  assert.deepEqual([first?.headers["authorization"], second?.headers["authorization"]], [
    "Bearer sk-a",
    "Bearer sk-b",
  ]);
  for (const delivery of upstream.deliveries) {
    assert.equal(delivery.target, "/v1/chat/completions?beta=true&x=%2F");
    assert.equal(delivery.headers["x-a"], "1");
    assert.equal(delivery.headers["content-length"], String(delivery.body.length));
  }
});

Deno.test("a form's model is spliced as its bare value", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(FAULTS.ok);
  const text = '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n--x--\r\n';
  const start = text.indexOf("m\r\n--x--");
  await setup.run({
    exchange: arrayExchange(),
    tiers: [[candidateAt("a", upstream.url, { model: "whisper" })]],
    body: { kind: "bytes", bytes: encode(text), model: { start, end: start + 1, spelling: "form" } },
  });
  assert.equal(upstream.deliveries[0]?.text, text.replace("\r\n\r\nm\r\n", "\r\n\r\nwhisper\r\n"));
});

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(encode(text));
}

Deno.test("a body that was not kept goes out once: after its bytes left there is no second attempt", async () => {
  await using setup = attemptsSetup();
  await using bad = await fakeUpstream(errorAnswer(500, {}));
  await using good = await fakeUpstream(FAULTS.ok);
  const exchange = arrayExchange({ headers: { "content-length": "9" } });
  const result = await setup.run({
    exchange,
    tiers: [[candidateAt("a", bad.url, { model: "longer" }), candidateAt("b", good.url)]],
    body: {
      kind: "stream",
      prefix: encode("m1234"),
      rest: pieces("56", "78"),
      model: { start: 0, end: 1, spelling: "form" },
    },
  });
  assert.equal(bad.deliveries[0]?.text, "longer12345678");
  assert.equal(bad.deliveries[0]?.headers["content-length"], "14");
  assert.equal(good.deliveries.length, 0);
  assert.equal(result.error?.code, "upstream_error");
});

Deno.test("a body that was not kept may go to the next endpoint while none of it was sent", async () => {
  await using setup = attemptsSetup();
  await using good = await fakeUpstream(FAULTS.ok);
  const result = await setup.run({
    exchange: arrayExchange(),
    tiers: [[candidateAt("a", "http://no-such-host.invalid"), candidateAt("b", good.url)]],
    body: { kind: "stream", prefix: encode("12"), rest: pieces("34"), model: undefined },
  });
  assert.equal(good.deliveries[0]?.text, "1234");
  assert.equal(good.deliveries[0]?.headers["transfer-encoding"], "chunked");
  assert.equal(result.outcome, "ok");
});

Deno.test("a client that stalls while sending is told so, and no endpoint is blamed", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(FAULTS.ok);
  async function* stalled(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(encode("34"));
    throw new GatewayError("request_timeout", "The body stopped coming.");
  }
  const result = await setup.run({
    exchange: arrayExchange({ headers: { "content-length": "9" } }),
    tiers: [[candidateAt("a", upstream.url), candidateAt("b", upstream.url)]],
    body: { kind: "stream", prefix: encode("12"), rest: stalled(), model: undefined },
  });
  assert.equal(result.error?.code, "request_timeout");
  assert.equal(result.outcome, "rejected");
  assert.deepEqual(setup.learned, ["a client_gone"]);
});

Deno.test("attempts that cost something are bounded; refused keys and limits are tried through", async () => {
  for (
    const [fault, expected] of [[errorAnswer(500, {}), 3], [errorAnswer(401, {}), 8], [
      errorAnswer(429, {}),
      8,
    ]] as const
  ) {
    await using setup = attemptsSetup();
    await using upstream = await fakeUpstream(fault);
    const candidates = Array.from({ length: 8 }, (_, index) => candidateAt(`e${index}`, upstream.url));
    await setup.run({ exchange: arrayExchange(), tiers: [candidates], maxAttempts: 3 });
    assert.equal(upstream.deliveries.length, expected);
  }
});

Deno.test("a pool of refused keys is given up after a hundred", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(errorAnswer(401, {}));
  const candidates = Array.from({ length: 130 }, (_, index) => candidateAt(`e${index}`, upstream.url));
  const result = await setup.run({ exchange: arrayExchange(), tiers: [candidates] });
  assert.equal(upstream.deliveries.length, 100);
  assert.equal(result.error?.code, "upstream_auth");
});

Deno.test("what an upstream cannot do is asked of one upstream of another kind, once", async () => {
  const other = { ...openai, type: "other" };
  await using setup = attemptsSetup({ providers: [other] });
  await using first = await fakeUpstream(
    errorAnswer(400, { code: "unsupported_parameter", message: "first" }),
  );
  await using second = await fakeUpstream(
    errorAnswer(400, { code: "unsupported_parameter", message: "second" }),
  );
  const exchange = arrayExchange();
  const tiers = [[
    candidateAt("a", first.url),
    candidateAt("b", first.url),
    candidateAt("c", second.url, { provider: "other" }),
    candidateAt("d", second.url, { provider: "other" }),
  ]];
  await setup.run({ exchange, tiers });
  assert.deepEqual(setup.learned, ["a capability", "c capability"]);
  assert.match(exchange.text(), /"first"/);
  assert.equal(exchange.answer.status, 400);
});

Deno.test("a call that changes an account is not repeated elsewhere once it may have been acted on", async () => {
  for (
    const [method, path, expected] of [["POST", "/v1/files", 1], ["GET", "/v1/files", 2], [
      "POST",
      "/v1/moderations",
      2,
    ]] as const
  ) {
    await using setup = attemptsSetup();
    await using bad = await fakeUpstream(errorAnswer(500, {}));
    const exchange = arrayExchange({ method, path });
    const tiers = [[candidateAt("a", bad.url), candidateAt("b", bad.url)]];
    await setup.run({ exchange, tiers, format: openaiOther, maxAttempts: 2 });
    assert.equal(bad.deliveries.length, expected, `${method} ${path}`);
  }
});

Deno.test("with the caller's own credential the vendor's refusal is the caller's to see", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(
    errorAnswer(401, { code: "invalid_api_key", message: "Incorrect." }),
  );
  const exchange = arrayExchange();
  const tiers = [[
    candidateAt("a", upstream.url, { clientKey: true }),
    candidateAt("b", upstream.url, { clientKey: true }),
  ]];
  await setup.run({ exchange, tiers, clientKey: new Secret("sk-own") });
  assert.equal(upstream.deliveries[0]?.headers["authorization"], "Bearer sk-own");
  assert.equal(upstream.deliveries.length, 1);
  assert.equal(exchange.answer.status, 401);
  assert.match(exchange.text(), /Incorrect\./);
});

/** What a request belongs to, where a test does not say. */
const STAYS = { isFirm: false, find: () => undefined, hashKey: () => undefined, assign() {} };

Deno.test("affinity is asked before choosing and told who served", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(FAULTS.ok);
  const assigned: string[] = [];
  const affinity = {
    ...STAYS,
    find: () => "b",
    assign: (_tier: unknown, id: string) => void assigned.push(id),
  };
  const tiers = [[candidateAt("a", upstream.url), candidateAt("b", upstream.url)]];
  const result = await setup.run({ exchange: arrayExchange(), tiers, affinity });
  assert.equal(result.candidate?.endpoint.id, "b");
  assert.equal(result.why?.chosenBy, "affinity");
  assert.deepEqual(assigned, ["b"]);
});

Deno.test("another upstream is asked before the other keys of one that failed", async () => {
  await using setup = attemptsSetup();
  await using bad = await fakeUpstream(errorAnswer(500, {}));
  await using good = await fakeUpstream(FAULTS.ok);
  const tiers = [[candidateAt("a", bad.url), candidateAt("b", bad.url), candidateAt("c", good.url)]];
  await setup.run({ exchange: arrayExchange(), tiers });
  assert.deepEqual(setup.learned, ["a broken", "c ok"]);
});

Deno.test("an upstream that cannot be reached is asked once and once more, whatever the number of its keys", async () => {
  await using setup = attemptsSetup();
  const candidates = Array.from(
    { length: 8 },
    (_, index) => candidateAt(`e${index}`, "http://no-such-host.invalid"),
  );
  await setup.run({ exchange: arrayExchange(), tiers: [candidates] });
  assert.deepEqual(setup.learned, ["e0 unreachable", "e0 unreachable"]);
});

Deno.test("who is asked after a pause is decided after it, by what was learnt meanwhile", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream([errorAnswer(500, {}), FAULTS.ok]);
  const wanted = ["a", "b", "c"];
  const affinity = { ...STAYS, find: () => wanted.shift() };
  const tiers = [["a", "b", "c"].map((id) => candidateAt(id, upstream.url))];
  const result = await setup.run({ exchange: arrayExchange(), tiers, affinity });
  assert.equal(result.candidate?.endpoint.id, "c");
});

Deno.test("when nobody may be asked the error says so and no attempt is recorded", async () => {
  await using setup = attemptsSetup();
  const result = await setup.run({ exchange: arrayExchange(), tiers: [[]] });
  assert.equal(result.error?.code, "no_endpoint");
  assert.equal(result.outcome, "rejected");
  assert.deepEqual(result.records, []);
});

Deno.test("a wait longer than a minute is told in words and the client's SDK is told not to repeat", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(errorAnswer(429, {}, { "retry-after": "7200" }));
  const result = await setup.run({ exchange: arrayExchange(), tiers: [[candidateAt("a", upstream.url)]] });
  assert.equal(result.error?.detail.retryAfterMs, 7_200_000);
  assert.equal(result.error?.detail.shouldRetry, false);
  assert.match(result.error?.message ?? "", /7200 seconds/);
});

Deno.test("a path that would leave the endpoint's base is refused before anything is sent", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(FAULTS.ok);
  const exchange = arrayExchange({ path: "/v1/../admin" });
  const result = await setup.run({ exchange, tiers: [[candidateAt("a", upstream.url)]] });
  assert.equal(result.error?.code, "invalid_path");
  assert.equal(upstream.deliveries.length, 0);
  assert.deepEqual(setup.learned, []);
});

Deno.test("a transparent proxy of a path we do not know passes status, unknown fields and bytes", async () => {
  await using setup = attemptsSetup();
  const page = "<html>an operator's page</html>";
  await using upstream = await fakeUpstream(
    answer(page, { headers: { "content-type": "text/html", "odd": "1", "set-cookie": "a=b" } }),
  );
  const exchange = arrayExchange({ method: "GET", path: "/status", headers: { "odd": "2", "cookie": "c" } });
  const result = await setup.run({
    exchange,
    tiers: [[candidateAt("a", upstream.url)]],
    mode: "proxy",
    format: undefined,
    body: { kind: "none" },
  });
  assert.equal(exchange.text(), page);
  assert.deepEqual([exchange.answer.headers["odd"], exchange.answer.headers["set-cookie"]], ["1", undefined]);
  assert.deepEqual([upstream.deliveries[0]?.headers["odd"], upstream.deliveries[0]?.headers["cookie"]], [
    "2",
    undefined,
  ]);
  assert.equal(result.outcome, "ok");
});

Deno.test("an endpoint's load counts an attempt from its start to its last byte", async () => {
  await using setup = attemptsSetup();
  const go = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream({
    steps: [{ do: "wait", until: go.promise }, ...FAULTS.ok.steps],
  });
  const candidate = candidateAt("a", upstream.url);
  const result = setup.run({ exchange: arrayExchange(), tiers: [[candidate]] });
  assert.equal(candidate.endpoint.load.inFlight, 1);
  go.resolve();
  await result;
  assert.deepEqual([candidate.endpoint.load.inFlight, candidate.endpoint.load.started], [0, 1]);
});

Deno.test("a fault of ours while a call starts leaves no endpoint busy and no timer behind, and is told", async () => {
  const fault = new TypeError("no call today");
  await using setup = attemptsSetup({
    caller: {
      startCall() {
        throw fault;
      },
    },
  });
  const candidate = candidateAt("a", "http://127.0.0.1:1");
  await assert.rejects(setup.run({ exchange: arrayExchange(), tiers: [[candidate]] }), fault);
  assert.equal(candidate.endpoint.load.inFlight, 0);
  assert.deepEqual(setup.learned, []);
});

Deno.test("an overload of all is told as 429 with a wait where that is asked for, and as 503 elsewhere", async () => {
  for (const overloadAsLimit of [false, true]) {
    await using setup = attemptsSetup();
    await using upstream = await fakeUpstream(errorAnswer(503, {}));
    const tiers = [[candidateAt("a", upstream.url)]];
    const { error } = await setup.run({ exchange: arrayExchange(), tiers, overloadAsLimit });
    assert.equal(error?.status, overloadAsLimit ? 429 : 503);
    assert.ok((error?.detail.retryAfterMs ?? 0) > 0);
  }
});
