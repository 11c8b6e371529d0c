import assert from "node:assert/strict";
import { openaiChat } from "../../src/formats/openai/openai_chat.ts";
import type { AttemptsResult } from "../../src/upstream/attempts.ts";
import { arrayExchange } from "../support/array_exchange.ts";
import { attemptsSetup, candidateAt, LONG_DEADLINES } from "../support/attempts_setup.ts";
import { fakeUpstream, refusedUrl } from "../support/fake_upstream.ts";
import {
  answer,
  CHAT_ANSWER,
  CHAT_EVENTS,
  errorAnswer,
  eventStream,
  type Fault,
  FAULTS,
} from "../support/fake_upstream_script.ts";

/** Short stages, so that a stalled upstream costs a test a fraction of a second. */
const SHORT_DEADLINES = { ...LONG_DEADLINES, headersMs: 100, firstContentMs: 100, idleMs: 100 };

/** One fault that happens before anything reached the client. */
interface EarlyRow {
  readonly name: string;
  readonly fault: Fault | "refuse";
  /** What the attempt's record says; a reset may overtake the bytes before it, so that either word is right. */
  readonly reason: string | readonly string[];
  /** What health is taught. */
  readonly marks: string;
  /** What the client is told when it was the only endpoint. */
  readonly tells: `${number} ${string}`;
  /** Deliveries when it was the only endpoint: 2 where one repeat is allowed, each with an attempt record. */
  readonly deliveries: 0 | 1 | 2;
}

const RESET = ["reset_before_head", "reset_in_body"];

const BOTH: readonly EarlyRow[] = [
  {
    name: "refused",
    fault: "refuse",
    reason: "refused",
    marks: "unreachable",
    tells: "502 upstream_unreachable",
    deliveries: 0,
  },
  {
    name: "reset before the head",
    fault: FAULTS.resetBeforeHead,
    reason: "reset_before_head",
    marks: "broken",
    tells: "502 upstream_error",
    deliveries: 2,
  },
  {
    name: "closed before the head",
    fault: FAULTS.closedBeforeHead,
    reason: "closed_before_head",
    marks: "broken",
    tells: "502 upstream_error",
    deliveries: 2,
  },
  {
    name: "silence",
    fault: FAULTS.silent,
    reason: "headers_timeout",
    marks: "broken",
    tells: "504 upstream_timeout",
    deliveries: 1,
  },
  {
    name: "a head that is no HTTP",
    fault: FAULTS.badHead,
    reason: "bad_head",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
  {
    name: "a head of 200 KB",
    fault: FAULTS.hugeHead,
    reason: "bad_head",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
  {
    name: "a web page with 200",
    fault: FAULTS.html,
    reason: "html",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
  {
    name: "a web page with 502",
    fault: FAULTS.html502,
    reason: "html",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
  {
    name: "a gzipped web page with 503",
    fault: FAULTS.gzipErrorPage,
    reason: "html",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
  {
    name: "a redirect",
    fault: FAULTS.redirect,
    reason: "redirect",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
  {
    name: "invalid JSON with 200",
    fault: FAULTS.badJson,
    reason: "invalid_json",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
  {
    name: "an empty 200",
    fault: FAULTS.empty200,
    reason: "empty_answer",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
  {
    name: "an error inside a 200",
    fault: FAULTS.errorIn200,
    reason: "error_in_ok",
    marks: "broken",
    tells: "502 upstream_error",
    deliveries: 2,
  },
  {
    name: "a 500",
    fault: errorAnswer(500, {}),
    reason: "http_500",
    marks: "broken",
    tells: "502 upstream_error",
    deliveries: 2,
  },
  {
    name: "a 503",
    fault: errorAnswer(503, {}),
    reason: "http_503",
    marks: "overloaded",
    tells: "503 overloaded",
    deliveries: 2,
  },
  {
    name: "a 429 with retry-after",
    fault: errorAnswer(429, { type: "requests", code: "rate_limit_exceeded" }, { "retry-after": "7" }),
    reason: "http_429",
    marks: "rate_limited",
    tells: "429 rate_limited",
    deliveries: 1,
  },
  {
    name: "a spent account",
    fault: errorAnswer(429, { code: "insufficient_quota" }),
    reason: "http_429",
    marks: "quota_spent",
    tells: "429 insufficient_quota",
    deliveries: 1,
  },
  {
    name: "a refused key",
    fault: errorAnswer(401, { code: "invalid_api_key" }),
    reason: "http_401",
    marks: "key_invalid",
    tells: "502 upstream_auth",
    deliveries: 1,
  },
  {
    name: "a region that is not served",
    fault: errorAnswer(403, { code: "unsupported_country_region_territory" }),
    reason: "http_403",
    marks: "not_permitted",
    tells: "502 upstream_auth",
    deliveries: 1,
  },
  {
    name: "a model it does not have",
    fault: errorAnswer(404, { code: "model_not_found" }),
    reason: "http_404",
    marks: "model_missing",
    tells: "404 model_not_found",
    deliveries: 1,
  },
];

const PLAIN: readonly EarlyRow[] = [
  ...BOTH,
  {
    name: "reset after the head",
    fault: FAULTS.resetAfterHead,
    reason: RESET,
    marks: "broken",
    tells: "502 upstream_error",
    deliveries: 2,
  },
  {
    name: "a stall after the head",
    fault: FAULTS.stallAfterHead,
    reason: "stalled",
    marks: "broken",
    tells: "504 upstream_timeout",
    deliveries: 1,
  },
  {
    name: "JSON cut short of its length",
    fault: FAULTS.cutJson,
    reason: "truncated",
    marks: "broken",
    tells: "502 upstream_error",
    deliveries: 2,
  },
  {
    name: "JSON cut without a length",
    fault: FAULTS.cutJsonCloseDelimited,
    reason: "invalid_json",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
];

const STREAMED: readonly EarlyRow[] = [
  ...BOTH,
  {
    name: "reset after the head",
    fault: FAULTS.streamResetAfterHead,
    reason: RESET,
    marks: "broken",
    tells: "502 upstream_error",
    deliveries: 2,
  },
  {
    name: "a stream without events",
    fault: FAULTS.streamEmpty,
    reason: "empty_answer",
    marks: "broken",
    tells: "502 upstream_malformed",
    deliveries: 2,
  },
  {
    name: "an error as the first event",
    fault: FAULTS.streamErrorFirst,
    reason: "error_event",
    marks: "overloaded",
    tells: "503 overloaded",
    deliveries: 2,
  },
  {
    name: "a stall after the role",
    fault: FAULTS.streamStallBefore,
    reason: "first_content_timeout",
    marks: "broken",
    tells: "504 upstream_timeout",
    deliveries: 1,
  },
  {
    name: "a cut after the role",
    fault: FAULTS.streamCutBefore,
    reason: "truncated",
    marks: "broken",
    tells: "502 upstream_error",
    deliveries: 2,
  },
];

function assertReasons(result: AttemptsResult, expected: readonly EarlyRow["reason"][]): void {
  const reasons = result.records.map(({ outcome }) => outcome.reason);
  assert.equal(reasons.length, expected.length);
  expected.forEach((each, index) => assert.ok([each].flat().includes(reasons[index] ?? ""), `${reasons}`));
}

for (const [stream, rows] of [[false, PLAIN], [true, STREAMED]] as const) {
  const how = stream ? "streamed" : "not streamed";
  for (const row of rows) {
    Deno.test(`${row.name}, ${how}, a second endpoint: the client sees only the second's answer`, async () => {
      await using setup = attemptsSetup();
      await using bad = await fakeUpstream(row.fault === "refuse" ? FAULTS.ok : row.fault);
      await using good = await fakeUpstream(stream ? FAULTS.okStream : FAULTS.ok);
      const exchange = arrayExchange();
      const badUrl = row.fault === "refuse" ? await refusedUrl() : bad.url;
      const tiers = [[candidateAt("bad", badUrl), candidateAt("good", good.url)]];
      const result = await setup.run({ exchange, tiers, stream, deadlines: SHORT_DEADLINES });

      assert.equal(exchange.text(), stream ? CHAT_EVENTS.join("") : CHAT_ANSWER);
      assert.equal(exchange.answer.status, 200);
      assert.equal(exchange.answer.headers["x-tidegate-upstream"], "good");
      assert.equal(exchange.answer.headers["x-tidegate-attempts"], "2");
      assert.ok(exchange.answer.ended && !exchange.answer.isCut);
      assert.equal(setup.captured(), exchange.text());
      assert.deepEqual(setup.learned, [`bad ${row.marks}`, "good ok"]);
      assertReasons(result, [row.reason, "ok"]);
      assert.equal(result.outcome, "ok");
      assert.equal(result.whole, true);
      assert.equal(result.candidate?.endpoint.id, "good");
      assert.equal(bad.deliveries.length, row.fault === "refuse" ? 0 : 1);
      assert.equal(good.deliveries.length, 1);
    });

    Deno.test(`${row.name}, ${how}, the only endpoint: ${row.tells}`, async () => {
      await using setup = attemptsSetup();
      await using bad = await fakeUpstream(row.fault === "refuse" ? FAULTS.ok : row.fault);
      const exchange = arrayExchange();
      const badUrl = row.fault === "refuse" ? await refusedUrl() : bad.url;
      const tiers = [[candidateAt("bad", badUrl)]];
      const result = await setup.run({ exchange, tiers, stream, deadlines: SHORT_DEADLINES });

      assert.equal(exchange.answer.status, 0, "the error is the caller's to send");
      assert.equal(`${result.error?.status} ${result.error?.code}`, row.tells);
      assert.equal(result.outcome, "upstream_error");
      assert.equal(bad.deliveries.length, row.deliveries);
      const attempts = row.deliveries === 0 ? 2 : row.deliveries;
      assert.deepEqual(setup.learned, Array(attempts).fill(`bad ${row.marks}`));
      assertReasons(result, Array(attempts).fill(row.reason));
      assert.doesNotMatch(result.error?.message ?? "", /127\.0\.0\.1|sk-|https?:/);
    });
  }
}

const CLIENT_FAULTS: readonly { readonly name: string; readonly fault: Fault; readonly marks: string }[] = [
  {
    name: "a 400",
    fault: errorAnswer(400, { type: "invalid_request_error", message: "No." }),
    marks: "client_fault",
  },
  { name: "a 413", fault: errorAnswer(413, {}), marks: "client_fault" },
  { name: "a 422", fault: errorAnswer(422, {}), marks: "client_fault" },
  {
    name: "a 404 of a path",
    fault: answer('{"detail":"Not Found"}', { status: 404 }),
    marks: "client_fault",
  },
  {
    name: "a context that is too long",
    fault: errorAnswer(400, { code: "context_length_exceeded" }),
    marks: "too_long",
  },
  { name: "a filtered prompt", fault: errorAnswer(400, { code: "content_filter" }), marks: "client_fault" },
  {
    name: "a response of another account",
    fault: errorAnswer(400, { code: "previous_response_not_found" }),
    marks: "foreign_state",
  },
];

for (const { name, fault, marks } of CLIENT_FAULTS) {
  for (const stream of [false, true]) {
    Deno.test(`${name}, ${stream ? "streamed" : "not streamed"}: passed on as it came, nobody else is asked`, async () => {
      await using setup = attemptsSetup();
      await using first = await fakeUpstream(fault);
      await using second = await fakeUpstream(FAULTS.ok);
      const exchange = arrayExchange();
      const tiers = [[candidateAt("first", first.url), candidateAt("second", second.url)]];
      const result = await setup.run({ exchange, tiers, stream });
      const sent = fault.steps.flatMap((step) =>
        step.do === "send" ? [new TextDecoder().decode(step.bytes)] : []
      );
      assert.ok(sent[0]?.startsWith(`HTTP/1.1 ${exchange.answer.status} `));
      assert.equal(exchange.text(), sent.slice(1).join(""));
      assert.equal(exchange.answer.headers["content-type"], "application/json");
      assert.equal(result.error, undefined);
      assert.equal(result.outcome, "upstream_error");
      assert.deepEqual(setup.learned, [`first ${marks}`]);
      assert.equal(second.deliveries.length, 0);
    });
  }
}

/** Faults of a stream after its first content. */
const LATE: readonly {
  readonly name: string;
  /** The content is surely read when `seen` resolves. */
  readonly fault: (seen: Promise<void>) => Fault;
  readonly reason: string;
  readonly code: "upstream_truncated" | "upstream_timeout";
}[] = [
  { name: "a stall", fault: () => FAULTS.streamStallAfter, reason: "stalled", code: "upstream_timeout" },
  {
    name: "a reset",
    fault: (until) => eventStream(CHAT_EVENTS.slice(0, 2), [{ do: "wait", until }, { do: "reset" }]),
    reason: "reset_in_body",
    code: "upstream_truncated",
  },
  {
    name: "an end without end mark",
    fault: () => FAULTS.streamEndedAfter,
    reason: "truncated",
    code: "upstream_truncated",
  },
  {
    name: "a cut in the middle of an event",
    fault: () => FAULTS.streamCutMidEvent,
    reason: "truncated",
    code: "upstream_truncated",
  },
  {
    name: "a bad chunk",
    fault: () => FAULTS.streamBadChunkAfter,
    reason: "bad_body",
    code: "upstream_truncated",
  },
];

for (const { name, fault, reason, code } of LATE) {
  Deno.test(`${name} after content: a typed error inside the stream, no end mark, no second attempt`, async () => {
    await using setup = attemptsSetup();
    const seen = Promise.withResolvers<void>();
    await using bad = await fakeUpstream(fault(seen.promise));
    await using good = await fakeUpstream(FAULTS.okStream);
    const exchange = arrayExchange();
    const { write } = exchange;
    exchange.write = (chunk) => {
      seen.resolve();
      return write(chunk);
    };
    const tiers = [[candidateAt("bad", bad.url), candidateAt("good", good.url)]];
    const result = await setup.run({ exchange, tiers, stream: true, deadlines: SHORT_DEADLINES });

    const relayed = CHAT_EVENTS.slice(0, 2).join("");
    const text = exchange.text();
    assert.ok(text.startsWith(relayed));
    const [line = "", ...more] = text.slice(relayed.length).split("\n").filter((each) => each !== "");
    assert.deepEqual(more, [], "one event and nothing after it");
    assert.equal(JSON.parse(line.slice("data: ".length)).error.code, code);
    assert.ok(exchange.answer.ended && !exchange.answer.isCut);
    assert.equal(setup.captured(), relayed, "what the record keeps is what the upstream said");
    assert.deepEqual(setup.learned, ["bad broken"]);
    assert.deepEqual(result.records.map(({ outcome }) => outcome.reason), [reason]);
    assert.equal(result.outcome, "truncated");
    assert.equal(result.errorCode, code);
    assert.equal(result.whole, false);
    assert.deepEqual([bad.deliveries.length, good.deliveries.length], [1, 0]);
  });
}

Deno.test("an error event after content: passed on as it came, with none of our own behind it", async () => {
  await using setup = attemptsSetup();
  await using bad = await fakeUpstream(FAULTS.streamErrorAfter);
  const exchange = arrayExchange();
  const result = await setup.run({ exchange, tiers: [[candidateAt("bad", bad.url)]], stream: true });
  assert.equal(exchange.text().match(/"error"/g)?.length, 1);
  assert.ok(exchange.text().includes("The server had an error") && exchange.answer.ended);
  assert.deepEqual(setup.learned, ["bad broken"]);
  assert.equal(result.outcome, "upstream_error");
  assert.equal(result.whole, false);
  assert.equal(result.records[0]?.outcome.reason, "error_event");
});

Deno.test("a binary answer cut after its first bytes: the connection is cut, no second attempt", async () => {
  await using setup = attemptsSetup();
  const cut = answer(new Uint8Array(1000), { headers: { "content-type": "audio/mpeg" } });
  const [cutHead] = cut.steps;
  assert.ok(cutHead !== undefined);
  await using bad = await fakeUpstream({
    steps: [cutHead, { do: "send", bytes: new Uint8Array(10) }, { do: "close" }],
  });
  await using good = await fakeUpstream(FAULTS.ok);
  const exchange = arrayExchange();
  const tiers = [[candidateAt("bad", bad.url), candidateAt("good", good.url)]];
  const result = await setup.run({ exchange, tiers, format: openaiChat });
  assert.ok(exchange.answer.isCut && !exchange.answer.ended);
  assert.equal(exchange.answer.headers["content-length"], "1000");
  assert.equal(result.outcome, "truncated");
  assert.equal(good.deliveries.length, 0);
});
