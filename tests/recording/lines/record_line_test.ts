import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_TEXT_BYTES } from "../../../src/recording/lines/body_json.ts";
import type { CapturedBody, RecordDraft } from "../../../src/recording/record.ts";
import { buildLines, type BuiltLines } from "../../../src/recording/lines/record_line.ts";
import { makeRedactor } from "../../../src/recording/redact.ts";
import { draftOf, jsonBody } from "../draft_of.ts";
import { stepsTo } from "../../support/recording/steps_to.ts";

function build(draft: RecordDraft, secrets: readonly string[] = []): BuiltLines & { text: string } {
  const building = buildLines(draft, { redactor: makeRedactor(() => secrets), training: false });
  let step = building.next();
  while (!step.done) step = building.next();
  return { ...step.value, text: new TextDecoder().decode(step.value.record) };
}

Deno.test("a line has the documented fields in the documented order, and one line feed at its end", () => {
  const { text } = build(draftOf());
  assert.deepEqual(Object.keys(JSON.parse(text)), [
    ..."v id time tenant format method path model servedModel status outcome error stream".split(" "),
    ..."request response attempts usage costUsd timing decision client".split(" "),
  ]);
  assert.equal(text.indexOf("\n"), text.length - 1);
  const record = JSON.parse(text);
  assert.equal(record.v, 1);
  assert.equal(record.time, "2026-01-01T00:00:00.000Z");
  assert.deepEqual(record.timing, {
    startedAt: "2025-12-31T23:59:58.500Z",
    totalMs: 1500,
    firstContentMs: 300,
  });
  assert.equal(record.costUsd, null);
});

Deno.test("JSON bodies are spliced in byte for byte: numbers, order, spelling and duplicates stay", () => {
  const request = `{"seed":9007199254740993,"t":1.0,"e":1E-7,"a":1,"a":2,"s":"\\u00e9\\/ \u2028"}`;
  const response = `{"id":12345678901234567890}`;
  const { text } = build(draftOf({ request: jsonBody(request), response: jsonBody(response) }));
  assert.ok(text.includes(`"request":${request},"response":${response},"attempts"`));
});

Deno.test("line breaks between a body's tokens become spaces, and the captured bytes stay as they were", () => {
  const request = jsonBody(`{\r\n  "a": "x\\ny"\n}`);
  const { text } = build(draftOf({ request }));
  assert.ok(text.includes(`"request":{    "a": "x\\ny" },`));
  assert.ok(request.kind === "json" && new TextDecoder().decode(request.bytes).includes("\r\n"));
});

Deno.test("no body, path, model or user agent can forge a line or a field", () => {
  const wild = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc.constantFrom(`{}}\n{"v":1,"id":"forged"}`, `null,"tenant":"forged"`, `"\n"`, ``).map((text) =>
      new TextEncoder().encode(text)
    ),
  );
  const text = fc.string({ unit: "binary", maxLength: 50 });
  fc.assert(
    fc.property(wild, wild, text, fc.boolean(), (request, response, words, streamed) => {
      const body: CapturedBody = streamed
        ? {
          kind: "stream",
          bytes: response,
          whole: false,
          assemble: (bytes) => stepsTo({ body: new TextDecoder().decode(bytes) }),
        }
        : { kind: "json", bytes: response };
      const built = build(draftOf({
        request: { kind: "json", bytes: request },
        response: body,
        model: words,
        path: words,
        tenant: "web",
        client: { address: words, userAgent: words, clientRequestId: words },
      }));
      assert.equal(built.text.indexOf("\n"), built.text.length - 1);
      const record = JSON.parse(built.text);
      assert.equal(record.id, draftOf().id);
      assert.equal(record.tenant, "web");
      assert.equal(Object.keys(record).length, 21);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a body that is no JSON is kept as a string; a large one is described with its hash", () => {
  const html = build(draftOf({ response: jsonBody("<html>\n502</html>") }));
  assert.equal(JSON.parse(html.text).response, "<html>\n502</html>");
  const large = build(draftOf({ response: jsonBody("x".repeat(MAX_TEXT_BYTES + 1)) }));
  const { sha256, sizeBytes, contentType } = JSON.parse(large.text).response;
  assert.match(sha256, /^[0-9a-f]{64}$/);
  assert.equal(sizeBytes, MAX_TEXT_BYTES + 1);
  assert.equal(contentType, null);
});

Deno.test("an opaque body is described and a missing one is null", () => {
  const request: CapturedBody = {
    kind: "opaque",
    sizeBytes: 12,
    contentType: "audio/mpeg",
    sha256: undefined,
  };
  const record = JSON.parse(build(draftOf({ request, response: { kind: "none" } })).text);
  assert.deepEqual(record.request, { sha256: null, sizeBytes: 12, contentType: "audio/mpeg" });
  assert.equal(record.response, null);
});

Deno.test("a streamed answer is recorded assembled, with its usage and model, also when it was cut", () => {
  const response: CapturedBody = {
    kind: "stream",
    bytes: new TextEncoder().encode("data: …"),
    whole: false,
    assemble: () =>
      stepsTo({
        body: `{"choices":[{"message":{"content":"par"}}]}`,
        model: "gpt-4o-2026",
        usage: { inputTokens: 3, outputTokens: 1 },
      }),
  };
  const record = JSON.parse(build(draftOf({ response, outcome: "truncated", stream: true })).text);
  assert.equal(record.outcome, "truncated");
  assert.equal(record.response.choices[0].message.content, "par");
  assert.equal(record.servedModel, "gpt-4o-2026");
  assert.deepEqual(record.usage, { inputTokens: 3, outputTokens: 1 });
});

Deno.test("a streamed answer that cannot be assembled is kept as the text that went by", () => {
  const response: CapturedBody = {
    kind: "stream",
    bytes: new TextEncoder().encode("data: odd\n\n"),
    whole: true,
    assemble: () => {
      throw new Error("no");
    },
  };
  const built = build(draftOf({ response }));
  assert.equal(built.unassembled, true);
  assert.equal(JSON.parse(built.text).response, "data: odd\n\n");
});

Deno.test("without bodies the line still tells usage and served model", () => {
  const draft = draftOf({
    bodies: "metadata",
    readAnswer: () => ({ model: "gpt-4o", usage: { inputTokens: 1, outputTokens: 2 } }),
  });
  const record = JSON.parse(build(draft).text);
  assert.equal(record.request, null);
  assert.equal(record.response, null);
  assert.equal(record.servedModel, "gpt-4o");
  assert.deepEqual(record.usage, { inputTokens: 1, outputTokens: 2 });
});

Deno.test("a known secret stands nowhere in the line, and taking it out never breaks the JSON", () => {
  const secrets = ["sk-canary-1234567890", "1234567890", `"messages"`];
  const echo = `{"error":"bad key sk-canary-1234567890","n":1234567890,"messages":[]}`;
  const built = build(
    draftOf({
      path: "/v1/sk-canary-1234567890",
      request: jsonBody(echo),
      response: {
        kind: "stream",
        bytes: new TextEncoder().encode("x"),
        whole: true,
        assemble: () => stepsTo({ body: `{"content":"sk-canary-1234567890"}` }),
      },
      client: { address: "::1", userAgent: "curl sk-canary-1234567890", clientRequestId: null },
    }),
    secrets,
  );
  const record = JSON.parse(built.text);
  for (const secret of secrets) assert.ok(!built.text.includes(secret), built.text);
  assert.equal(record.response.content, "[redacted]");
  // The number was a secret too: what is left is no JSON any more and is kept as text.
  assert.equal(typeof record.request, "string");
});

Deno.test("a large body is checked in slices, so that others run in between", () => {
  const body = jsonBody(JSON.stringify(Array.from({ length: 300_000 }, (_, i) => `item ${i}`)));
  const building = buildLines(draftOf({ request: body }), {
    redactor: makeRedactor(() => []),
    training: false,
  });
  let yields = 0;
  while (!building.next().done) yields++;
  assert.ok(yields >= 10, `${yields} chances`);
});
