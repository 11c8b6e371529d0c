import assert from "node:assert/strict";
import v8 from "node:v8";
import vm from "node:vm";
import { type ArrayExchange, arrayExchange } from "../../support/array_exchange.ts";
import {
  type AttemptsSetup,
  attemptsSetup,
  candidateAt,
  type RunOptions,
} from "../../support/attempts_setup.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { CHAT_EVENTS, eventStream } from "../../support/fake_upstream_script.ts";
import { until } from "../../support/until.ts";

const REQUESTS = 1_000;

/** Requests at a time. */
const AT_ONCE = 50;

/** Requests that may still be reachable: what the last turns of the event loop hold. */
const LEFT_OVER = 20;

v8.setFlagsFromString("--expose-gc");
const collectGarbage: () => void = vm.runInNewContext("gc");

/** One kind of abort: how the request is sent, and what is seen when it is where it is to be. */
interface Stage {
  readonly name: string;
  readonly options: Partial<RunOptions>;
  readonly isRests: boolean;
  readonly isThere: (setup: AttemptsSetup, exchange: ArrayExchange) => boolean;
}

const STAGES: readonly Stage[] = [
  {
    name: "in the middle of its stream",
    options: {},
    isRests: false,
    isThere: (_, exchange) => exchange.answer.chunks.length > 0,
  },
  {
    name: "while its answer is held",
    options: { commit: "complete" },
    isRests: false,
    isThere: ({ shared }) => shared.held.heldBytes > 0,
  },
  {
    name: "while it waits for an endpoint to rest",
    options: { waitMs: 600_000 },
    isRests: true,
    isThere: ({ shared }) => shared.waiting.size > 0,
  },
];

/** Runs one request to its place, lets the client leave, and returns what must not be kept. */
async function abortOne(setup: AttemptsSetup, url: string, stage: Stage): Promise<WeakRef<object>[]> {
  const exchange = arrayExchange();
  const bytes = new TextEncoder().encode(`{"model":"m","messages":[],"padding":"${"x".repeat(10_000)}"}`);
  const result = setup.run({
    exchange,
    tiers: [[candidateAt("a", url)]],
    stream: true,
    body: { kind: "bytes", bytes, model: { start: 9, end: 12, spelling: "json" } },
    ...stage.options,
  });
  await until(() => stage.isThere(setup, exchange), "it is there");
  exchange.leave();
  assert.equal((await result).outcome, "client_gone");
  return [new WeakRef(exchange), new WeakRef(bytes)];
}

for (const stage of STAGES) {
  Deno.test(`nothing keeps a request whose client left ${stage.name}, a thousand of them`, async () => {
    await using setup = attemptsSetup({
      exclusion: ({ endpoint }) =>
        stage.isRests
          ? {
            scope: endpoint.id,
            state: "cooldown",
            reason: "http_429",
            sinceMs: 0,
            endMs: setup.runtime.monotonic() + 60_000,
          }
          : undefined,
    });
    await using upstream = await fakeUpstream(eventStream(CHAT_EVENTS.slice(0, 2), [{ do: "stall" }]));
    const kept: WeakRef<object>[] = [];
    for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, () => abortOne(setup, upstream.url, stage));
      kept.push(...(await Promise.all(batch)).flat());
    }
    assert.equal(setup.shared.held.heldBytes, 0);
    assert.equal(setup.shared.waiting.size, 0);
    const alive = () => kept.filter((each) => each.deref() !== undefined).length;
    await until(() => {
      collectGarbage();
      return alive() <= LEFT_OVER;
    }, "they are let go");
  });
}
