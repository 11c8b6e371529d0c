import assert from "node:assert/strict";
import { askChat, type ChatAnswer } from "../../support/ask_chat.ts";
import { type Delivery, type FakeUpstream, fakeUpstream, refusedUrl } from "../../support/fake_upstream.ts";
import {
  CHAT_ANSWER,
  CHAT_EVENTS,
  errorAnswer,
  type Fault,
  FAULTS,
} from "../../support/fake_upstream_script.ts";
import { at, startGateway } from "../../support/start_gateway.ts";

/** Requests of one promise, half of them streamed. */
const REQUESTS = 300;

/** Requests at once. */
const AT_ONCE = 10;

/** A stage that a silent upstream is given. */
const DEADLINE = "250ms";

const RATE_LIMITED = errorAnswer(429, { code: "rate_limit_exceeded", type: "requests" }, {
  "retry-after": "1",
});
const REFUSED_KEY = errorAnswer(401, { code: "invalid_api_key", type: "invalid_request_error" });

// A script is asked as soon as the head is there: the body, with its `stream`, may still be on its way.
const wantsStream = (delivery: Delivery) => delivery.headers["accept"] === "text/event-stream";
const goodAnswer = (delivery: Delivery): Fault => wantsStream(delivery) ? FAULTS.okStream : FAULTS.ok;

/** Ways to be down before any content, each also where the fault is in the middle of a stream's beginning. */
const DOWN: Readonly<Record<string, "refused" | ((delivery: Delivery) => Fault)>> = {
  "refused": "refused",
  "reset": () => FAULTS.resetBeforeHead,
  "a 500": () => errorAnswer(500, {}),
  "a 429": () => RATE_LIMITED,
  "a 401": () => REFUSED_KEY,
  "silence": () => FAULTS.silent,
  "a head and then nothing": (delivery) =>
    wantsStream(delivery) ? FAULTS.streamStallBefore : FAULTS.stallAfterHead,
  "a cut before content": (delivery) => wantsStream(delivery) ? FAULTS.streamCutBefore : FAULTS.cutJson,
  "an error inside a 200": (delivery) => wantsStream(delivery) ? FAULTS.streamErrorFirst : FAULTS.errorIn200,
};

/** Asks `count` times, streamed and not in turns, several at once. */
async function askMany(
  count: number,
  question: { url: string; key: string; model: string },
): Promise<ChatAnswer[]> {
  const answers: ChatAnswer[] = [];
  let asked = 0;
  const ask = async () => {
    while (asked < count) answers.push(await askChat({ ...question, stream: asked++ % 2 === 0 }));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return answers;
}

function assertAllGood(answers: readonly ChatAnswer[]): void {
  const bad = answers.filter((answer) => !answer.ok);
  assert.equal(
    bad.length,
    0,
    `${bad.length} of ${answers.length} failed, first: ${bad[0]?.status} ${bad[0]?.text}`,
  );
  for (const { text } of answers) assert.ok(text === CHAT_ANSWER || text === CHAT_EVENTS.join(""), text);
}

/** Short stages; the breaks between attempts stay as they are. */
const defaults = {
  deadlines: { headers: DEADLINE, headersUnstreamed: DEADLINE, firstContent: DEADLINE, idle: DEADLINE },
};

const names = Object.keys(DOWN);

/** Starts an upstream that is down in the named way, for as long as the test. */
async function down(how: string, opened: AsyncDisposableStack): Promise<string> {
  const fault = DOWN[how] ?? "refused";
  return fault === "refused" ? await refusedUrl() : opened.use(await fakeUpstream(fault)).url;
}

for (const [index, first] of names.entries()) {
  // Each way meets itself and its neighbour: a pair of the same and a pair of different ones.
  for (const second of [first, names[(index + 1) % names.length] ?? first]) {
    Deno.test(`two upstreams of three down by ${first} and ${second}: no client notices, the third carries all`, async () => {
      await using opened = new AsyncDisposableStack();
      const third = opened.use(await fakeUpstream(goodAnswer));
      const urls = [await down(first, opened), await down(second, opened), third.url];
      const upstreams = urls.map((url, number) => ({
        url,
        name: `u${number}`,
        keys: [`upstream-key-number-${number}`],
      }));
      const gateway = opened.use(
        await startGateway({
          config: { defaults, pools: [{ provider: "openai_compatible", upstreams, models: ["m"] }] },
        }),
      );
      const count = Math.ceil(REQUESTS / (2 * names.length)) * 2;
      assertAllGood(await askMany(count, { url: gateway.url, key: gateway.key, model: "m" }));
      const records = await gateway.records();
      assert.equal(records.length, count);
      for (const record of records) {
        assert.equal(at(record, "outcome"), "ok");
        const attempts = at(record, "attempts");
        assert.ok(Array.isArray(attempts));
        assert.equal(at(attempts.at(-1), "upstream"), "u2");
      }
    });
  }
}

Deno.test("upstreams that fail anew all the time cost no client anything over 300 requests", async () => {
  await using opened = new AsyncDisposableStack();
  const faults = Object.values(DOWN).filter((fault) => fault !== "refused");
  let turn = 0;
  const failing = (delivery: Delivery) => faults[turn++ % faults.length]?.(delivery) ?? FAULTS.ok;
  const upstreams: { url: string; keys: string[] }[] = [];
  for (let number = 0; number < 2; number++) {
    const url = opened.use(await fakeUpstream(failing)).url;
    // Many keys: each 401 and 429 takes one out, so that the upstream is asked again and again.
    upstreams.push({
      url,
      keys: Array.from({ length: 40 }, (_, key) => `upstream-key-${number}-of-many-${key}`),
    });
  }
  const third = opened.use(await fakeUpstream(goodAnswer));
  upstreams.push({ url: third.url, keys: ["upstream-key-of-the-third"] });
  const gateway = opened.use(
    await startGateway({
      config: {
        defaults: { ...defaults, retry: { attempts: 20, budget: { share: 20 } } },
        pools: [{ provider: "openai_compatible", upstreams, models: ["m"] }],
      },
    }),
  );
  assertAllGood(await askMany(REQUESTS, { url: gateway.url, key: gateway.key, model: "m" }));
  assert.equal(third.deliveries.length, REQUESTS);
});

Deno.test("a pool's refused keys cost no client anything, and are left alone once they are known", async () => {
  await using opened = new AsyncDisposableStack();
  const isGood = ({ headers }: Delivery) => headers["authorization"]?.includes("good") === true;
  const upstream = opened.use(
    await fakeUpstream((delivery) => isGood(delivery) ? goodAnswer(delivery) : REFUSED_KEY),
  );
  // Fewer than half: more that are refused alike would be taken for the host's fault.
  const keys = Array.from(
    { length: 10 },
    (_, n) => n < 4 ? `a-revoked-key-number-${n}` : `a-good-key-number-${n}`,
  );
  const gateway = opened.use(
    await startGateway({
      config: { pools: [{ provider: "openai_compatible", upstreams: [upstream.url], keys, models: ["m"] }] },
    }),
  );
  const question = { url: gateway.url, key: gateway.key, model: "m" };
  assertAllGood(await askMany(40, question));
  const before = upstream.deliveries.length;
  assertAllGood(await askMany(40, question));
  assert.equal(upstream.deliveries.length, before + 40);
});

Deno.test("a route's second tier serves while the first is down, and only then", async () => {
  await using opened = new AsyncDisposableStack();
  const first = opened.use(await fakeUpstream(() => errorAnswer(503, {}, { "retry-after": "1" })));
  const second = opened.use(await fakeUpstream(goodAnswer));
  const pool = (name: string, url: string) => ({
    name,
    provider: "openai_compatible",
    upstreams: [url],
    keys: [`key-of-the-pool-${name}`],
    models: [],
  });
  const gateway = opened.use(
    await startGateway({
      config: {
        pools: [pool("a", first.url), pool("b", second.url)],
        routes: [{ model: "auto", to: [["a/big"], ["b/small"]] }],
      },
    }),
  );
  const question = { url: gateway.url, key: gateway.key, model: "auto" };
  assertAllGood(await askMany(40, question));
  assert.ok(second.deliveries.every((delivery) => at(JSON.parse(delivery.text), "model") === "small"));
  // The first is well again: its cooldown of a second is the only thing that keeps requests from it.
  first.script = goodAnswer;
  const servedBefore = second.deliveries.length;
  let answered = 0;
  const endMs = performance.now() + 10_000;
  while (first.deliveries.at(-1) === undefined || answered < 5) {
    const [answer] = await askMany(1, question);
    assert.ok(answer?.ok);
    const last = (await gateway.records()).at(-1);
    answered = at(last, "attempts.0.pool") === "a" && at(last, "outcome") === "ok" ? answered + 1 : 0;
    assert.ok(performance.now() < endMs, "the first tier never came back");
  }
  const servedThen = second.deliveries.length;
  assertAllGood(await askMany(20, question));
  assert.equal(second.deliveries.length, servedThen);
  assert.ok(servedThen >= servedBefore);
});

Deno.test("affinity by ip keeps a caller on one endpoint, moves it when that one fails, and keeps it there", async () => {
  await using opened = new AsyncDisposableStack();
  const upstreams: FakeUpstream[] = [];
  for (let number = 0; number < 3; number++) upstreams.push(opened.use(await fakeUpstream(goodAnswer)));
  const gateway = opened.use(
    await startGateway({
      config: {
        pools: [{
          provider: "openai_compatible",
          upstreams: upstreams.map(({ url }, number) => ({ url, keys: [`upstream-key-number-${number}`] })),
          models: ["m"],
          affinity: { by: "ip" },
        }],
      },
    }),
  );
  const question = { url: gateway.url, key: gateway.key, model: "m" };
  const served = () => upstreams.map(({ deliveries }) => deliveries.length);
  const [home] = await askMany(1, question);
  assert.ok(home?.ok);
  const first = served().indexOf(1);
  for (let turn = 0; turn < 30; turn++) assertAllGood(await askMany(1, question));
  assert.equal(served()[first], 31, `all at one: ${served()}`);
  const lost = upstreams[first];
  assert.ok(lost !== undefined);
  lost.script = () => REFUSED_KEY;
  const [moved] = await askMany(1, question);
  assert.ok(moved?.ok);
  const next = served().findIndex((count, number) => number !== first && count > 0);
  const before = served()[next] ?? 0;
  lost.script = goodAnswer;
  for (let turn = 0; turn < 30; turn++) assertAllGood(await askMany(1, question));
  assert.equal(served()[next], before + 30, `it stays where it went: ${served()}`);
});
