import assert from "node:assert/strict";
import fc from "fast-check";
import type { CallerLimits } from "../../src/limits/limit_policy.ts";
import { Reservation } from "../../src/limits/reservation.ts";
import type { Store } from "../../src/stores/store.ts";
import { admitted, costOf, openDesk, refused, scopeOf } from "../support/limits/admission_desk.ts";
import { fakeRuntime, seededRandom } from "../support/fake_runtime.ts";

const DAY_MS = 86_400_000;

Deno.test("a request fits everywhere and is counted everywhere, or nothing changes", async () => {
  const { desk } = await openDesk(fakeRuntime());
  const wide = scopeOf({ requestsPerMinute: 10, concurrency: 10 }, "tenant/web");
  const narrow = scopeOf({ requestsPerMinute: 1 }, "tenant/web/model/m");
  admitted(desk.admit([wide, narrow], costOf()));
  assert.equal(refused(desk.admit([wide, narrow], costOf())).scope, narrow);
  const used = desk.standings(wide).map((one) => one.used);
  assert.deepEqual(used, [1, 1], "the refused one left no trace");
});

Deno.test("each kind of limit refuses what goes beyond it, and says until when", async () => {
  const kinds: [CallerLimits, ReturnType<typeof costOf>, number][] = [
    [{ requestsPerMinute: 2 }, costOf(), 61_000],
    [{ tokensPerMinute: 200 }, costOf({ tokens: 100 }), 61_000],
    [{ bytesPerMinute: 200 }, costOf({ bytes: 100 }), 61_000],
    [{ requestsPerDay: { max: 2, resetMinute: 0, zone: "UTC" } }, costOf(), DAY_MS],
    [{ tokensPerDay: { max: 200, resetMinute: 0, zone: "UTC" } }, costOf({ tokens: 100 }), DAY_MS],
    [{ concurrency: 2 }, costOf(), 1_000],
    [{ budget: { usdMicros: 200, period: { kind: "day", zone: "UTC" } } }, costOf({ usdMicros: 100 }), 1_000],
  ];
  for (const [limits, cost, waitMs] of kinds) {
    const runtime = fakeRuntime();
    const { desk } = await openDesk(runtime);
    const scope = scopeOf(limits);
    admitted(desk.admit([scope], cost));
    admitted(desk.admit([scope], cost));
    const short = refused(desk.admit([scope], cost));
    const [name] = Object.keys(limits);
    assert.equal(short.limit, name);
    assert.equal(short.untilMs - runtime.monotonic(), waitMs, name ?? "");
  }
});

Deno.test("money under a budget whose price nobody knows is refused for good", async () => {
  const { desk } = await openDesk(fakeRuntime());
  const scope = scopeOf({ budget: { usdMicros: 100, period: { kind: "total" } } });
  const short = refused(desk.admit([scope], costOf({ usdMicros: undefined })));
  assert.equal(short.isUnpriced, true);
  assert.equal(short.untilMs, Infinity);
});

Deno.test("a reservation is settled once, however often and in whatever order it is told", async () => {
  const { desk } = await openDesk(fakeRuntime());
  const scope = scopeOf({ tokensPerMinute: 1_000, concurrency: 1 });
  const one = admitted(desk.admit([scope], costOf({ tokens: 600 })));
  one.release(10);
  one.release(10);
  one.settle({ tokens: 100 });
  one.settle({ tokens: 900 });
  one.giveBack();
  assert.deepEqual(desk.standings(scope).map(({ used }) => used), [100, 0]);
  const odd = admitted(desk.admit([scope], costOf({ tokens: 50 })));
  for (const tokens of [NaN, -5, Infinity]) odd.settle({ tokens });
  assert.equal(desk.standings(scope)[0]?.used, 150, "what is no number is not believed");
});

Deno.test("a request that no upstream was asked for gives everything back but that it was a request", async () => {
  const { desk } = await openDesk(fakeRuntime());
  const scope = scopeOf({
    requestsPerMinute: 10,
    tokensPerMinute: 1_000,
    bytesPerMinute: 1_000,
    concurrency: 5,
    budget: { usdMicros: 100, period: { kind: "total" } },
  });
  admitted(desk.admit([scope], costOf({ tokens: 600, bytes: 500, usdMicros: 90 }))).giveBack();
  assert.deepEqual(desk.standings(scope).map(({ limit, used }) => [limit, used]), [
    ["requestsPerMinute", 1],
    ["tokensPerMinute", 0],
    ["bytesPerMinute", 0],
    ["concurrency", 0],
    ["budget", 0],
  ]);
});

Deno.test("what nobody settles counts as what was reserved", async () => {
  const { desk } = await openDesk(fakeRuntime());
  const scope = scopeOf({ tokensPerMinute: 1_000 });
  admitted(desk.admit([scope], costOf({ tokens: 600 }))).release();
  assert.equal(refused(desk.admit([scope], costOf({ tokens: 500 }))).limit, "tokensPerMinute");
});

Deno.test("what is settled without a known price has cost its estimate: nothing stays reserved, and a reset forgets it", async () => {
  for (const period of [{ kind: "total" }, { kind: "rolling", spanMs: DAY_MS }] as const) {
    const { desk } = await openDesk(fakeRuntime());
    const scope = scopeOf({ budget: { usdMicros: 100, period } });
    const one = admitted(desk.admit([scope], costOf({ tokens: 10, usdMicros: 60 })));
    one.release();
    one.settle({ tokens: 10 });
    one.settle({ tokens: 10, usdMicros: 5 });
    assert.equal(desk.standings(scope)[0]?.used, 60);
    const { untilMs } = refused(desk.admit([scope], costOf({ usdMicros: 60 })));
    assert.ok(
      untilMs > DAY_MS,
      `${period.kind}: nothing is under way that could give back, and it waits until ${untilMs}`,
    );
    desk.resetBudget(scope);
    assert.equal(desk.standings(scope)[0]?.used, 0, period.kind);
  }
});

Deno.test("a limit that is changed holds for the next request", async () => {
  const { desk } = await openDesk(fakeRuntime());
  for (let sent = 0; sent < 5; sent++) admitted(desk.admit([scopeOf({ requestsPerMinute: 100 })], costOf()));
  refused(desk.admit([scopeOf({ requestsPerMinute: 5 })], costOf()));
  admitted(desk.admit([scopeOf({ requestsPerMinute: 6 })], costOf()));
  admitted(desk.admit([scopeOf({})], costOf()));
});

Deno.test("a thousand clients at once never get more than the limit in any sixty seconds", async () => {
  const runtime = fakeRuntime({ seed: 7 });
  const random = seededRandom(7);
  const { desk } = await openDesk(runtime);
  const requests = scopeOf({ requestsPerMinute: 100 });
  const tokens = scopeOf({ tokensPerMinute: 50_000 }, "tenant/web/model/m");
  const history: { atMs: number; requests: number; tokens: number }[] = [];
  const clients = Array.from({ length: 1_000 }, () => random() * 1_000);
  for (let second = 0; second < 300; second++) {
    for (const [client, dueMs] of clients.entries()) {
      if (dueMs > second * 1_000) continue;
      const cost = costOf({ tokens: Math.ceil(random() * 2_000) });
      const found = desk.admit([requests, tokens], cost);
      if (found instanceof Reservation) {
        history.push({ atMs: runtime.monotonic(), requests: 1, tokens: cost.tokens });
      }
      // It tries again as it was told, or at once.
      const untilMs = found instanceof Reservation ? runtime.monotonic() : found.untilMs;
      clients[client] = random() < 0.5 ? second * 1_000 : untilMs - 1_000;
    }
    runtime.advance(random() * 200 + 900);
  }
  assert.ok(history.length > 200, `${history.length} were admitted`);
  for (const { atMs } of history) {
    const within = history.filter((one) => one.atMs > atMs - 60_000 && one.atMs <= atMs);
    assert.ok(within.length <= 100, `${within.length} requests in a minute`);
    assert.ok(within.reduce((sum, one) => sum + one.tokens, 0) <= 50_000, "too many tokens in a minute");
  }
});

Deno.test("any order of admitting, settling and releasing keeps every sum within its limit and its debts", async () => {
  const action = fc.record({
    kind: fc.constantFrom("admit", "settle", "release", "back", "wait"),
    which: fc.nat(20),
    tokens: fc.integer({ min: 0, max: 400 }),
    used: fc.integer({ min: 0, max: 900 }),
    waitMs: fc.nat(30_000),
  });
  const limits: CallerLimits = {
    requestsPerMinute: 20,
    tokensPerMinute: 1_000,
    concurrency: 5,
    budget: { usdMicros: 5_000, period: { kind: "rolling", spanMs: 3_600_000 } },
  };
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 150 }), async (actions) => {
      const runtime = fakeRuntime();
      const { desk } = await openDesk(runtime);
      const scopes = [scopeOf(limits), scopeOf({ ...limits, tokensPerMinute: 500 }, "tenant/web/key:a")];
      const held: Reservation[] = [];
      let owed = 0;
      for (const { kind, which, tokens, used, waitMs } of actions) {
        const one = held[which % Math.max(1, held.length)];
        if (kind === "wait") runtime.advance(waitMs);
        else if (kind === "admit") {
          const found = desk.admit(scopes, costOf({ tokens, usdMicros: tokens }));
          if (found instanceof Reservation) held.push(found);
        } else if (kind === "settle") {
          one?.settle({ tokens: used, usdMicros: used });
          owed += used;
        } else if (kind === "release") one?.release(0);
        else one?.giveBack();
        for (const scope of scopes) {
          for (const { limit, max, used: sum } of desk.standings(scope)) {
            assert.ok(sum >= 0, `${limit} is ${sum}`);
            assert.ok(sum <= max + owed, `${limit} is ${sum} of ${max}`);
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("counts outlive the process: minutes, days and money, by the wall clock", async () => {
  const before = fakeRuntime();
  const first = await openDesk(before);
  const scope = scopeOf({
    requestsPerMinute: 10,
    tokensPerDay: { max: 1_000, resetMinute: 0, zone: "UTC" },
    budget: { usdMicros: 500, period: { kind: "month", zone: "UTC" } },
    concurrency: 5,
  });
  for (let sent = 0; sent < 4; sent++) {
    admitted(desk(first).admit([scope], costOf({ tokens: 100, usdMicros: 50 })));
  }
  before.advance(600);
  desk(first).close();
  assert.equal(await first.state.flush(), true);

  const after = fakeRuntime({ nowMs: before.now() + 2_000 });
  const second = await openDesk(after, first.store);
  await desk(second).restore();
  assert.deepEqual(desk(second).standings(scope).map(({ limit, used }) => [limit, used]), [
    ["requestsPerMinute", 4],
    ["tokensPerDay", 400],
    ["concurrency", 0],
    ["budget", 200],
  ]);
  after.advance(61_000);
  assert.equal(desk(second).standings(scope)[0]?.used, 0);
});

const desk = (setup: Awaited<ReturnType<typeof openDesk>>) => setup.desk;

Deno.test("a store that is away fails no request and opens no limit", async () => {
  const runtime = fakeRuntime();
  const away: Store = {
    get: () => Promise.reject(new Error("away")),
    set: () => Promise.reject(new Error("away")),
    delete: () => Promise.reject(new Error("away")),
    apply: () => Promise.reject(new Error("away")),
    // deno-lint-ignore require-yield -- it fails before its first entry
    async *list() {
      await Promise.resolve();
      throw new Error("away");
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const setup = await openDesk(runtime, away);
  await setup.desk.restore();
  const scope = scopeOf({ requestsPerMinute: 2 });
  admitted(setup.desk.admit([scope], costOf()));
  runtime.advance(5_000);
  admitted(setup.desk.admit([scope], costOf()));
  runtime.advance(5_000);
  refused(setup.desk.admit([scope], costOf()));
});

Deno.test("what the store holds of another version is left out, not believed", async () => {
  const runtime = fakeRuntime();
  const setup = await openDesk(runtime);
  const odd = {
    requests: { parts: [["x", 1], [1, -5], 7], debt: "none" },
    budget: { period: 1 },
    tokens: null,
  };
  await setup.store.set(["v1", "limits", "scope", "tenant/web"], odd);
  await setup.desk.restore();
  admitted(setup.desk.admit([scopeOf({ requestsPerMinute: 1 })], costOf()));
});

Deno.test("what is told long after a request's end counts in the scope that its tenant has then", async () => {
  const runtime = fakeRuntime();
  const first = await openDesk(runtime);
  const scope = scopeOf({ tokensPerMinute: 1_000 });
  const late = admitted(desk(first).admit([scope], costOf({ tokens: 100 })));
  late.release();
  runtime.advance(62_000);
  for (let second = 0; second < 3; second++) {
    admitted(desk(first).admit([scopeOf({ requestsPerMinute: 5 }, "tenant/other")], costOf()));
    runtime.advance(1_000);
  }
  admitted(desk(first).admit([scope], costOf({ tokens: 50 })));
  late.settle({ tokens: 600 });
  assert.equal(desk(first).standings(scope)[0]?.used, 550, "what is owed and what came since");
  runtime.advance(600);
  await first.state.flush();
  const second = await openDesk(runtime, first.store);
  await desk(second).restore();
  assert.equal(desk(second).standings(scope)[0]?.used, 550, "nothing wrote over it");
});

Deno.test("scopes in which nothing counts any more are forgotten", async () => {
  const runtime = fakeRuntime();
  const { desk } = await openDesk(runtime);
  for (let tenant = 0; tenant < 500; tenant++) {
    const scope = scopeOf({ requestsPerMinute: 5, concurrency: 2 }, `tenant/t${tenant}`);
    admitted(desk.admit([scope], costOf())).giveBack();
  }
  assert.equal(desk.size, 500);
  runtime.advance(62_000);
  for (let round = 0; round < 4; round++) {
    admitted(desk.admit([scopeOf({ requestsPerMinute: 5 }, "tenant/last")], costOf())).giveBack();
    runtime.advance(1_000);
  }
  assert.equal(desk.size, 1);
});
