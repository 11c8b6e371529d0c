import assert from "node:assert/strict";
import { systemRuntime } from "../../../src/core/time/system_runtime.ts";
import { type SimulatedVendors, startSimulatedVendors } from "../../../src/providers/simulated/server.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { until } from "../../support/until.ts";

/** Vendors under a clock turned by hand, and how many of its timers are pending. */
async function withHandClock(
  body: (vendors: SimulatedVendors, clock: HandClock) => Promise<void>,
): Promise<void> {
  const runtime = fakeRuntime();
  const clock: HandClock = { pending: 0, advance: (ms) => runtime.advance(ms) };
  const counting = {
    ...runtime,
    after(delayMs: number, run: () => void) {
      let open = true;
      const close = () => {
        if (open) clock.pending--;
        open = false;
      };
      clock.pending++;
      const timer = runtime.after(delayMs, () => {
        close();
        run();
      });
      return {
        cancel() {
          close();
          timer.cancel();
        },
      };
    },
  };
  const vendors = await startSimulatedVendors({ runtime: counting });
  try {
    await body(vendors, clock);
  } finally {
    await vendors.close();
  }
}

interface HandClock {
  pending: number;
  advance(ms: number): void;
}

async function withVendors(body: (vendors: SimulatedVendors) => Promise<void>): Promise<void> {
  const vendors = await startSimulatedVendors({ runtime: systemRuntime() });
  try {
    await body(vendors);
  } finally {
    await vendors.close();
  }
}

function chat(baseUrl: string, more: object = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-one-1234567890" },
    body: JSON.stringify({ model: "simulated-mini", messages: [{ role: "user", content: "Hi" }], ...more }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Events of a stream, one at a time. */
async function* eventsOf(response: Response): AsyncGenerator<string> {
  let held = "";
  for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const events = (held + text).split("\n\n");
    held = events.pop() ?? "";
    yield* events;
  }
  assert.equal(held, "");
}

Deno.test("a declared URL is answered at one loopback address that ends in /v1", () =>
  withVendors(async (vendors) => {
    const url = vendors.urlOf("simulated://fast?seed=7");
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[^/]+\/v1$/);
    assert.equal(vendors.urlOf("simulated://fast?seed=7"), url);
    assert.notEqual(vendors.urlOf("simulated://fast"), url);
    assert.equal(new URL(url).href, url);
    const answer = await chat(url);
    assert.match(await answer.text(), /simulated vendor/);
    assert.equal(vendors.countsOf("simulated://fast?seed=7").requests, 1);
    assert.equal(vendors.countsOf("simulated://fast").requests, 0);
  }));

Deno.test("urlOf refuses what is no simulated URL", () =>
  withVendors((vendors) => {
    for (const url of ["https://api.openai.com/v1", "simulated://", "simulated://a?latncy=1ms"]) {
      assert.throws(() => vendors.urlOf(url), RangeError, url);
    }
    return Promise.resolve();
  }));

Deno.test("an address that names no vendor, and an unknown path, are 404 in OpenAI's envelope", () =>
  withVendors(async (vendors) => {
    const base = new URL(vendors.urlOf("simulated://fast"));
    for (
      const path of [
        "/",
        "/Bad%20name/v1/models",
        "/%zz/v1/models",
        "/fast",
        "/fast/v1/nothing",
        "/fast/v2/models",
      ]
    ) {
      const answer = await fetch(new URL(path, base), { method: "POST", body: "x" });
      assert.equal(answer.status, 404, path);
      assert.equal(answer.headers.get("x-tidegate-simulated"), "true");
      const { error } = await answer.json();
      assert.match(error.message, /simulated/);
      assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
    }
  }));

Deno.test("an answer waits for its latency and its tokens", () =>
  withHandClock(async (vendors, clock) => {
    // 20 ms, and 5 tokens at 100 a second.
    const asked = chat(vendors.urlOf("simulated://fast?latency=20ms&tokensPerSecond=100"), { max_tokens: 5 });
    await until(() => clock.pending === 1, "the vendor waits");
    clock.advance(69);
    assert.equal(clock.pending, 1);
    clock.advance(1);
    assert.equal(clock.pending, 0);
    const answer = await asked;
    assert.equal((await answer.json()).usage.completion_tokens, 5);
  }));

Deno.test("jitter adds to the latency, no more than it says", () =>
  withHandClock(async (vendors, clock) => {
    const asked = chat(vendors.urlOf("simulated://fast?latency=20ms&jitter=40ms&seed=3"));
    await until(() => clock.pending === 1, "the vendor waits");
    clock.advance(20);
    assert.equal(clock.pending, 1);
    clock.advance(40);
    assert.equal(clock.pending, 0);
    await (await asked).body?.cancel();
  }));

Deno.test("a stream's first token comes after the latency, the others at the vendor's pace", () =>
  withHandClock(async (vendors, clock) => {
    const url = vendors.urlOf("simulated://fast?latency=50ms&tokensPerSecond=10");
    const asked = chat(url, { stream: true, max_tokens: 3 });
    await until(() => clock.pending === 1, "the vendor waits");
    clock.advance(50);
    const events = eventsOf(await asked);
    const delta = async () => JSON.parse(((await events.next()).value ?? "").slice(6)).choices[0].delta;
    assert.equal((await delta()).role, "assistant");
    for (let token = 1; token <= 3; token++) {
      assert.notEqual((await delta()).content, undefined);
      if (token === 3) break;
      await until(() => clock.pending === 1, "the vendor waits for its pace");
      clock.advance(99);
      assert.equal(clock.pending, 1);
      clock.advance(1);
    }
    assert.deepEqual(await delta(), {});
    assert.equal((await events.next()).value, "data: [DONE]");
    assert.equal((await events.next()).done, true);
  }));

Deno.test("a vendor stops when the client leaves, waiting or streaming", () =>
  withHandClock(async (vendors, clock) => {
    const declared = "simulated://slow?latency=10s&tokensPerSecond=1";
    const counts = vendors.countsOf(declared);
    const early = new AbortController();
    const unanswered = chat(vendors.urlOf(declared), {}, early.signal);
    await until(() => clock.pending === 1, "the vendor waits");
    early.abort();
    await assert.rejects(unanswered, { name: "AbortError" });
    await until(() => counts.inFlight === 0, "the vendor saw the client leave");
    assert.equal(clock.pending, 0);

    const late = new AbortController();
    const asked = chat(vendors.urlOf(declared), { stream: true }, late.signal);
    await until(() => clock.pending === 1, "the vendor waits");
    clock.advance(10_000);
    await eventsOf(await asked).next();
    late.abort();
    await until(() => counts.inFlight === 0, "the vendor saw the client leave the stream");
    assert.equal(clock.pending, 0);
    assert.equal(counts.answered, 0);
  }));

Deno.test("cut breaks an answer off in the middle: whole, streamed or binary", () =>
  withVendors(async (vendors) => {
    const declared = "simulated://cutter?cut=1";
    const url = vendors.urlOf(declared);
    const whole = await chat(url);
    assert.equal(whole.status, 200);
    await assert.rejects(whole.text());
    const streamed = await chat(url, { stream: true });
    const seen: string[] = [];
    await assert.rejects(async () => {
      for await (const event of eventsOf(streamed)) seen.push(event);
    });
    assert.ok(seen.length > 2 && !seen.includes("data: [DONE]"), `${seen.length} events`);
    const body = JSON.stringify({ model: "simulated-speech", input: "Hi", voice: "alloy" });
    const speech = await fetch(`${url}/audio/speech`, { method: "POST", body });
    await assert.rejects(speech.bytes());
    assert.equal(vendors.countsOf(declared).cut, 3);
    assert.equal(vendors.countsOf(declared).answered, 0);
  }));

Deno.test("failures come with the status asked for, in OpenAI's words", () =>
  withVendors(async (vendors) => {
    const expected: readonly (readonly [number, string | null])[] = [
      [400, null],
      [401, "invalid_api_key"],
      [404, "model_not_found"],
      [429, "rate_limit_exceeded"],
      [500, null],
      [502, null],
      [503, "server_is_overloaded"],
    ];
    for (const [status, code] of expected) {
      const answer = await chat(vendors.urlOf(`simulated://down?failStatus=${status}`));
      assert.equal(answer.status, status);
      const { error } = await answer.json();
      assert.equal(error.code, code);
      assert.equal(typeof error.type, "string");
    }
    assert.equal(vendors.countsOf("simulated://down?failStatus=503").failed, 1);
  }));

Deno.test("a seed makes the same failures at the same places", async () => {
  const statuses = async (seed: number) => {
    const seen: number[] = [];
    await withVendors(async (vendors) => {
      const url = vendors.urlOf(`simulated://flaky?errorRate=0.5&seed=${seed}`);
      for (let count = 0; count < 20; count++) {
        const answer = await fetch(`${url}/models`);
        seen.push(answer.status);
        await answer.body?.cancel();
      }
    });
    return seen;
  };
  const first = await statuses(7);
  assert.ok(first.includes(200) && first.includes(500));
  assert.deepEqual(await statuses(7), first);
  assert.notDeepEqual(await statuses(8), first);
});

Deno.test("the echo tells what arrived, and of a credential only its mask", () =>
  withVendors(async (vendors) => {
    const answer = await fetch(`${vendors.urlOf("simulated://fast")}/simulated/echo?a=1&a=%20`, {
      method: "PATCH",
      headers: { authorization: "Bearer sk-one-1234567890" },
      body: new Uint8Array([0, 255]),
    });
    const text = await answer.text();
    const echo = JSON.parse(text);
    assert.deepEqual([echo.method, echo.path, echo.query, echo.sizeBytes], [
      "PATCH",
      "/v1/simulated/echo",
      "a=1&a=%20",
      2,
    ]);
    assert.equal(echo.sha256, "06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8");
    assert.equal(echo.headers.authorization, "***7890");
    assert.ok(!text.includes("sk-one"));
  }));

Deno.test("close cuts what is being answered and frees the port", async () => {
  const vendors = await startSimulatedVendors({ runtime: systemRuntime() });
  const declared = "simulated://slow?latency=10m";
  const url = vendors.urlOf(declared);
  const unanswered = chat(url);
  await until(() => vendors.countsOf(declared).inFlight === 1, "the vendor was asked");
  await Promise.all([assert.rejects(unanswered), vendors.close()]);
  await assert.rejects(chat(url));
});
