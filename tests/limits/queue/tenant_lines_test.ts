import assert from "node:assert/strict";
import { GatewayError } from "../../../src/core/errors.ts";
import type { AdmissionDesk } from "../../../src/limits/admission_desk.ts";
import { type QueuedRequest, TenantLines } from "../../../src/limits/queue/tenant_lines.ts";
import { admitted, costOf, openDesk, refused, scopeOf } from "../../support/limits/admission_desk.ts";
import { type FakeRuntime, fakeRuntime } from "../../support/fake_runtime.ts";

const never = new AbortController().signal;

/** Lets what was resolved run on. */
const settle = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

async function setup(max = 2) {
  const runtime = fakeRuntime();
  const { desk } = await openDesk(runtime);
  return { desk, ...linesOf(desk, runtime, max) };
}

function linesOf(desk: Pick<AdmissionDesk, "admit">, runtime: FakeRuntime, max = 2) {
  const lines = new TenantLines(desk, runtime);
  const request = (more: Partial<QueuedRequest> = {}): QueuedRequest => ({
    tenant: "web",
    scopes: [scopeOf({ concurrency: 1 })],
    cost: costOf(),
    queue: { max, waitMs: 5_000 },
    signal: never,
    ...more,
  });
  return { runtime, lines, request };
}

Deno.test("without a queue a request that does not fit is refused at once", async () => {
  const { lines, request } = await setup();
  admitted(await lines.admit(request({ queue: undefined })));
  refused(await lines.admit(request({ queue: undefined })));
});

Deno.test("requests wait in the order in which they came, and the next goes when one is over", async () => {
  const { lines, request } = await setup();
  const first = admitted(await lines.admit(request()));
  const done: string[] = [];
  const second = Promise.resolve(lines.admit(request())).then((found) => (done.push("second"), found));
  void Promise.resolve(lines.admit(request())).then(() => done.push("third"));
  await settle();
  assert.equal(lines.size, 2);
  first.release();
  await settle();
  assert.deepEqual(done, ["second"]);
  admitted(await second).release();
  await settle();
  assert.deepEqual(done, ["second", "third"]);
  assert.equal(lines.size, 0);
});

Deno.test("a line is bounded, and one more is refused at once", async () => {
  const { lines, request } = await setup(1);
  admitted(await lines.admit(request()));
  void lines.admit(request());
  refused(await lines.admit(request()));
  assert.equal(lines.size, 1);
});

Deno.test("a wait ends with its time, and a wait that cannot help is not begun", async () => {
  const { runtime, lines, request } = await setup();
  admitted(await lines.admit(request()));
  const waiting = lines.admit(request());
  runtime.advance(5_000);
  assert.equal(refused(await waiting).limit, "concurrency");
  assert.equal(lines.size, 0);
  const deadline = lines.admit(request({ deadlineMs: runtime.monotonic() + 2_000 }));
  runtime.advance(2_000);
  refused(await deadline);
  const minute = request({ scopes: [scopeOf({ requestsPerMinute: 1 }, "tenant/web/model/m")] });
  admitted(await lines.admit(minute));
  assert.ok(!(lines.admit(minute) instanceof Promise), "the minute is longer than the wait");
});

Deno.test("a client that leaves leaves the line", async () => {
  const { lines, request } = await setup();
  const first = admitted(await lines.admit(request()));
  const leaving = new AbortController();
  const gone = lines.admit(request({ signal: leaving.signal }));
  const next = lines.admit(request());
  leaving.abort();
  assert.equal(await gone, undefined);
  first.release();
  admitted(await next);
});

Deno.test("one that waits is passed only by those whom nothing stops that stops it", async () => {
  const { lines, request } = await setup(10);
  const own = scopeOf({ requestsPerMinute: 100 });
  const busy = scopeOf({ concurrency: 1 }, "tenant/web/model/a");
  const free = scopeOf({ concurrency: 5 }, "tenant/web/model/b");
  const first = admitted(await lines.admit(request({ scopes: [own, busy] })));
  const waiting = lines.admit(request({ scopes: [own, busy] }));
  admitted(await lines.admit(request({ scopes: [own, free] })));
  assert.ok(waiting instanceof Promise);
  first.release();
  // The room is for the one that waits, not for whoever comes now.
  assert.ok(lines.admit(request({ scopes: [own, busy] })) instanceof Promise);
  admitted(await waiting);
});

Deno.test("a large request that waits for tokens is not starved by small ones", async () => {
  const { runtime, lines, request } = await setup(10);
  const scopes = [scopeOf({ tokensPerMinute: 1_000 })];
  const queue = { max: 10, waitMs: 120_000 };
  admitted(await lines.admit(request({ scopes, queue, cost: costOf({ tokens: 600 }) })));
  const large = lines.admit(request({ scopes, queue, cost: costOf({ tokens: 800 }) }));
  const small = lines.admit(request({ scopes, queue, cost: costOf({ tokens: 10 }) }));
  assert.ok(large instanceof Promise && small instanceof Promise);
  runtime.advance(62_000);
  admitted(await large);
  admitted(await small);
});

Deno.test("one that waits and can be counted no more is told so, whoever made room; the line goes on", async () => {
  const runtime = fakeRuntime();
  const { desk } = await openDesk(runtime);
  const full = new GatewayError("overloaded", "The gateway keeps as many limits as it can.");
  let isFull = false;
  const { lines, request } = linesOf(
    {
      admit(...asked) {
        if (isFull) throw full;
        return desk.admit(...asked);
      },
    },
    runtime,
    5,
  );
  const first = admitted(await lines.admit(request()));
  const second = assert.rejects(async () => await lines.admit(request()), full);
  const third = assert.rejects(async () => await lines.admit(request()), full);
  await settle();
  isFull = true;
  first.release();
  await Promise.all([second, third]);
  assert.equal(lines.size, 0);
  isFull = false;
  const next = admitted(await lines.admit(request()));
  const waiting = lines.admit(request());
  assert.ok(waiting instanceof Promise);
  isFull = true;
  const refusedByClock = assert.rejects(waiting, full);
  runtime.advance(1_000);
  await refusedByClock;
  isFull = false;
  const last = lines.admit(request());
  next.release();
  admitted(await last);
});
