import assert from "node:assert/strict";
import fc from "fast-check";
import type { Candidate } from "../../src/balancing/endpoint.ts";
import { modelScope } from "../../src/balancing/health/mark.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { type Bench, candidate, makeBench, outcome } from "./fixtures.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Marks in force as `state scope remainingMs`, sorted. */
function marksOf({ health, runtime }: Bench): string[] {
  return [...health.marks()].map(({ state, scope, endMs }) =>
    `${state} ${scope} ${endMs - runtime.monotonic()}`
  )
    .sort();
}

/** Teaches the same outcome several times, all at once. */
function teach(bench: Bench, one: Candidate, result: Outcome, times = 1): void {
  for (let time = 0; time < times; time++) bench.health.learn(one, "m", result);
}

/** The class table of `docs/design.md` §7, row by row: whom it marks, and for how long. */
const TABLE: readonly {
  readonly promise: string;
  readonly result: Outcome;
  readonly times?: number;
  readonly group?: string;
  readonly marks: readonly string[];
}[] = [
  { promise: "ok marks nobody", result: outcome("ok"), marks: [] },
  {
    promise: "client_fault marks nobody",
    result: outcome("client_fault", { cooldownMs: 9e9 }),
    times: 50,
    marks: [],
  },
  { promise: "too_long marks nobody", result: outcome("too_long"), times: 50, marks: [] },
  { promise: "capability marks nobody", result: outcome("capability"), times: 50, marks: [] },
  { promise: "foreign_state marks nobody", result: outcome("foreign_state"), times: 50, marks: [] },
  { promise: "client_gone marks nobody", result: outcome("client_gone"), times: 50, marks: [] },
  {
    promise: "an explicit key_invalid marks the key at once, until a trial in 10 min",
    result: outcome("key_invalid", { explicit: true }),
    marks: [`invalid key:a ${10 * MINUTE_MS}`],
  },
  {
    promise: "one key_invalid without the vendor's word marks nobody",
    result: outcome("key_invalid"),
    marks: [],
  },
  {
    promise: "the second key_invalid in a row marks the key",
    result: outcome("key_invalid"),
    times: 2,
    marks: [`invalid key:a ${10 * MINUTE_MS}`],
  },
  {
    promise: "quota_spent cools the group for the told time",
    result: outcome("quota_spent", { cooldownMs: 90 * MINUTE_MS }),
    group: "g",
    marks: [`cooldown group:g ${90 * MINUTE_MS}`],
  },
  {
    promise: "quota_spent cools an undeclared group, which is the key, for 1 h",
    result: outcome("quota_spent"),
    marks: [`cooldown key:a ${HOUR_MS}`],
  },
  {
    promise: "quota_spent is capped at 24 h",
    result: outcome("quota_spent", { cooldownMs: Infinity }),
    marks: [`cooldown key:a ${24 * HOUR_MS}`],
  },
  {
    promise: "rate_limited cools the model on the key for the told time",
    result: outcome("rate_limited", { cooldownMs: 7_500 }),
    marks: ["cooldown a/m 7500"],
  },
  {
    promise: "rate_limited cools the declared group",
    result: outcome("rate_limited", { cooldownMs: 7_500 }),
    group: "g",
    marks: ["cooldown group:g 7500"],
  },
  {
    promise: "rate_limited lasts 10 s where no time is told, and a burst is one",
    result: outcome("rate_limited"),
    times: 30,
    marks: ["cooldown a/m 10000"],
  },
  {
    promise: "rate_limited lasts at least 1 s",
    result: outcome("rate_limited", { cooldownMs: 0 }),
    marks: ["cooldown a/m 1000"],
  },
  {
    promise: "rate_limited is capped at 24 h",
    result: outcome("rate_limited", { cooldownMs: 90 * HOUR_MS }),
    marks: [`cooldown a/m ${24 * HOUR_MS}`],
  },
  {
    promise: "a told time that is no number is as none told",
    result: outcome("rate_limited", { cooldownMs: Number.NaN }),
    marks: ["cooldown a/m 10000"],
  },
  {
    promise: "model_missing cools the model on the key for 10 min",
    result: outcome("model_missing"),
    marks: [`cooldown a/m ${10 * MINUTE_MS}`],
  },
  {
    promise:
      "one not_permitted without the vendor's word marks nobody: it may be about what one client wrote",
    result: outcome("not_permitted"),
    marks: [],
  },
  {
    promise: "the second not_permitted in a row cools the key for 10 min",
    result: outcome("not_permitted"),
    times: 2,
    marks: [`cooldown key:a ${10 * MINUTE_MS}`],
  },
  {
    promise: "an explicit not_permitted cools the key for 10 min at once",
    result: outcome("not_permitted", { explicit: true }),
    marks: [`cooldown key:a ${10 * MINUTE_MS}`],
  },
  {
    promise: "overloaded cools the upstream for 5 s",
    result: outcome("overloaded"),
    marks: ["cooldown upstream:u 5000"],
  },
  {
    promise: "overloaded believes a told time up to 60 s",
    result: outcome("overloaded", { cooldownMs: HOUR_MS }),
    marks: ["cooldown upstream:u 60000"],
  },
  { promise: "four broken in a row eject nobody", result: outcome("broken"), times: 4, marks: [] },
  {
    promise: "five broken in a row eject the upstream for 30 s, and those still on their way change nothing",
    result: outcome("broken"),
    times: 40,
    marks: ["ejected upstream:u 30000"],
  },
  { promise: "one unreachable ejects nobody", result: outcome("unreachable"), marks: [] },
  {
    promise: "two unreachable in a row eject the upstream for 5 s",
    result: outcome("unreachable"),
    times: 2,
    marks: ["ejected upstream:u 5000"],
  },
];

for (const { promise, result, times, group, marks } of TABLE) {
  Deno.test(promise, async () => {
    const bench = await makeBench();
    teach(bench, candidate("a", group === undefined ? {} : { group }), result, times);
    assert.deepEqual(marksOf(bench), marks);
  });
}

Deno.test("a model-on-key cooldown leaves the key's other models and other keys alone", async () => {
  const bench = await makeBench();
  const [a, b] = [candidate("a"), candidate("b")];
  teach(bench, a, outcome("rate_limited"));
  const nowMs = bench.runtime.monotonic();
  assert.equal(bench.health.exclusion(a, "m", nowMs)?.state, "cooldown");
  assert.equal(bench.health.exclusion(a, "other", nowMs), undefined);
  assert.equal(bench.health.exclusion(a, undefined, nowMs), undefined);
  assert.equal(bench.health.exclusion(b, "m", nowMs), undefined);
});

Deno.test("a missing model is remembered by names a configuration could hold, not by longer ones", async () => {
  const bench = await makeBench();
  bench.health.learn(candidate("a"), "m".repeat(257), outcome("model_missing"));
  assert.deepEqual(marksOf(bench), []);
  bench.health.learn(candidate("a"), "m".repeat(256), outcome("model_missing"));
  assert.equal(marksOf(bench).length, 1);
});

Deno.test("a group's cooldown takes out every key of the group and no other, until its reset", async () => {
  const bench = await makeBench();
  const inGroup = Array.from({ length: 10 }, (_, index) => candidate(`a${index}`, { group: "org" }));
  const other = candidate("b", { group: "other" });
  for (const one of inGroup) teach(bench, one, outcome("rate_limited", { cooldownMs: 20 * SECOND_MS }));
  const out = (one: Candidate) => bench.health.exclusion(one, "m", bench.runtime.monotonic()) !== undefined;
  assert.ok(inGroup.every(out));
  assert.equal(out(other), false);
  assert.equal([...bench.health.marks()].length, 1);
  bench.runtime.advance(20 * SECOND_MS - 1);
  assert.ok(inGroup.every(out));
  bench.runtime.advance(1);
  assert.ok(!inGroup.some(out));
});

Deno.test("a cooldown is the longer of what stands and what arrives", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  teach(bench, a, outcome("rate_limited", { cooldownMs: 40_000 }));
  bench.runtime.advance(10_000);
  teach(bench, a, outcome("rate_limited", { cooldownMs: 2_000 }));
  assert.deepEqual(marksOf(bench), ["cooldown a/m 30000"]);
  teach(bench, a, outcome("rate_limited", { cooldownMs: 31_000 }));
  assert.deepEqual(marksOf(bench), ["cooldown a/m 31000"]);
});

/** Lets what stands run out and teaches again, and notes each new remaining time in seconds. */
function growth(bench: Bench, one: Candidate, result: Outcome, times: number, rounds: number): number[] {
  return Array.from({ length: rounds }, () => {
    teach(bench, one, result, times);
    const nowMs = bench.runtime.monotonic();
    const ms = (bench.health.exclusion(one, "m", nowMs)?.endMs ?? nowMs) - nowMs;
    bench.runtime.advance(ms);
    return ms / SECOND_MS;
  });
}

Deno.test("untold cooldowns and ejections grow to their caps while nothing succeeds", async () => {
  const a = candidate("a");
  assert.deepEqual(growth(await makeBench(), a, outcome("rate_limited"), 3, 5), [10, 20, 40, 60, 60]);
  assert.deepEqual(growth(await makeBench(), a, outcome("overloaded"), 3, 6), [5, 10, 20, 40, 60, 60]);
  assert.deepEqual(growth(await makeBench(), a, outcome("unreachable"), 2, 6), [5, 10, 20, 40, 60, 60]);
  const broken = growth(await makeBench(), a, outcome("broken"), 5, 12);
  assert.deepEqual(broken, [30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
});

Deno.test("after an ejection one more failure ejects again, and one success asks for a whole new row", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  teach(bench, a, outcome("broken"), 5);
  bench.runtime.advance(30 * SECOND_MS);
  teach(bench, a, outcome("broken"));
  assert.deepEqual(marksOf(bench), ["ejected upstream:u 60000"]);
  bench.runtime.advance(60 * SECOND_MS);
  teach(bench, a, outcome("ok"));
  teach(bench, a, outcome("broken"), 4);
  assert.deepEqual(marksOf(bench), []);
  teach(bench, a, outcome("broken"));
  assert.deepEqual(marksOf(bench), ["ejected upstream:u 90000"], "a host that flaps is ejected for longer");
});

Deno.test("a quiet time as long as the longest ejection forgets the earlier ones", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  teach(bench, a, outcome("broken"), 5);
  bench.runtime.advance(330 * SECOND_MS);
  teach(bench, a, outcome("broken"));
  assert.deepEqual(marksOf(bench), ["ejected upstream:u 30000"]);
});

Deno.test("a success resets every row: the next failure is the first again", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  teach(bench, a, outcome("key_invalid"));
  teach(bench, a, outcome("not_permitted"));
  teach(bench, a, outcome("broken"), 4);
  teach(bench, a, outcome("unreachable"));
  teach(bench, a, outcome("ok"));
  teach(bench, a, outcome("key_invalid"));
  teach(bench, a, outcome("not_permitted"));
  teach(bench, a, outcome("broken"), 4);
  teach(bench, a, outcome("unreachable"));
  assert.deepEqual(marksOf(bench), []);
});

Deno.test("upstream failures are counted over all its keys, and mark no key", async () => {
  const bench = await makeBench();
  for (let index = 0; index < 5; index++) teach(bench, candidate(`k${index}`), outcome("broken"));
  assert.deepEqual(marksOf(bench), ["ejected upstream:u 30000"]);
  const nowMs = bench.runtime.monotonic();
  assert.equal(bench.health.exclusion(candidate("k9"), "m", nowMs)?.state, "ejected");
  assert.equal(bench.health.exclusion(candidate("k9", { upstream: "v" }), "m", nowMs), undefined);
});

Deno.test("a caller's own credential marks neither key, group nor model, only the upstream", async () => {
  const bench = await makeBench();
  const own = candidate("a", { key: "client" });
  for (
    const name of ["key_invalid", "quota_spent", "rate_limited", "model_missing", "not_permitted"] as const
  ) {
    teach(bench, own, outcome(name, { explicit: true }), 5);
  }
  assert.deepEqual(marksOf(bench), []);
  teach(bench, own, outcome("overloaded"));
  assert.deepEqual(marksOf(bench), ["cooldown upstream:u 5000"]);
});

Deno.test("of several marks a person's counts before the vendor's, the vendor's before ours, the longest cooldown first", async () => {
  const bench = await makeBench();
  const a = candidate("a", { group: "g" });
  const state = () => {
    const mark = bench.health.exclusion(a, "m", bench.runtime.monotonic());
    return mark && `${mark.state} ${mark.scope}`;
  };
  teach(bench, a, outcome("unreachable"), 2);
  assert.equal(state(), "ejected upstream:u");
  teach(bench, a, outcome("rate_limited", { cooldownMs: 9_000 }));
  assert.equal(state(), "cooldown group:g");
  teach(bench, a, outcome("not_permitted", { explicit: true }));
  assert.equal(state(), "cooldown key:a");
  teach(bench, a, outcome("key_invalid", { explicit: true }));
  assert.equal(state(), "invalid key:a");
  bench.health.disable("a", "moving house");
  assert.equal(state(), "disabled a");
});

Deno.test("a person switches any scope off and on, and vouches for it without switching it on", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  const out = () => bench.health.exclusion(a, "m", bench.runtime.monotonic())?.reason;
  for (const scope of ["key:a", "upstream:u", "a", modelScope("a", "m")]) {
    bench.health.disable(scope, `off: ${scope}`);
    assert.equal(out(), `off: ${scope}`);
    bench.runtime.advance(1_000 * HOUR_MS);
    bench.health.clear(scope);
    assert.equal(out(), `off: ${scope}`);
    bench.health.enable(scope);
    assert.equal(out(), undefined);
  }
  teach(bench, a, outcome("key_invalid", { explicit: true }));
  bench.health.enable("key:a");
  assert.equal(out(), "key_invalid");
  bench.health.clear("key:a");
  assert.equal(out(), undefined);
  teach(bench, a, outcome("key_invalid"));
  bench.health.clear("key:a");
  teach(bench, a, outcome("key_invalid"));
  assert.equal(out(), undefined, "counts are forgotten too");
});

Deno.test("clearing an endpoint by its id clears what was learnt of its models, and of no other endpoint's", async () => {
  const bench = await makeBench();
  for (const one of [candidate("a"), candidate("b")]) {
    teach(bench, one, outcome("rate_limited"));
    bench.health.learn(one, "other/m", outcome("model_missing"));
  }
  bench.health.disable(modelScope("a", "m"), "by hand");
  bench.health.clear("a");
  assert.deepEqual(marksOf(bench), [
    `cooldown b/m ${10 * SECOND_MS}`,
    `cooldown b/other/m ${10 * MINUTE_MS}`,
    "disabled a/m Infinity",
  ]);
});

Deno.test("each change of a mark is logged once and counted once, without a credential", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  teach(bench, a, outcome("key_invalid", { explicit: true }), 20);
  teach(bench, a, outcome("rate_limited"), 20);
  bench.health.clear("key:a");
  bench.health.clear("key:a");
  assert.deepEqual(
    bench.lines.map(({ level, channel, text }) => `${level} ${channel} ${text}`),
    [
      "warn health Marked invalid: key:a",
      "info health Marked cooldown: a/m",
      "info health No longer invalid: key:a",
    ],
  );
  assert.equal(bench.observer.read("health_marks", { state: "invalid", cause: "key_invalid" }), 1);
  assert.equal(bench.observer.read("health_lifts", { state: "invalid", cause: "person" }), 1);
  assert.equal(bench.lines[0]?.fields.upstream, "u");
  assert.doesNotMatch(JSON.stringify(bench.lines), /sk-/);
});

Deno.test("after any sequence of events, no client fault changes any mark or lets one come sooner", () => {
  const classes = ["client_fault", "too_long", "capability", "foreign_state", "client_gone"] as const;
  const event = fc.record({
    key: fc.constantFrom("a", "b", "c"),
    name: fc.constantFrom(
      ...["ok", "key_invalid", "quota_spent", "rate_limited", "model_missing", "not_permitted"] as const,
      ...["overloaded", "broken", "unreachable"] as const,
    ),
    explicit: fc.boolean(),
    waitMs: fc.constantFrom(0, 1, 900, 20_000, 700_000),
    fault: fc.constantFrom(...classes),
  });
  return fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
      const [plain, faulty] = [await makeBench(), await makeBench()];
      for (const { key, name, explicit, waitMs, fault } of events) {
        const one = candidate(key, { group: key === "a" ? "g" : "h" });
        for (const bench of [plain, faulty]) {
          teach(bench, one, outcome(name, { explicit }));
          bench.runtime.advance(waitMs);
        }
        const before = marksOf(faulty);
        teach(faulty, one, outcome(fault, { cooldownMs: 5_000, explicit: true }), 3);
        assert.deepEqual(marksOf(faulty), before);
        assert.deepEqual(before, marksOf(plain));
      }
      assert.equal(faulty.lines.length, plain.lines.length);
    }),
    { numRuns: 200, seed: 20 },
  );
});

Deno.test("a cooldown after a refusal is told apart from one for a limit", async () => {
  const bench = await makeBench();
  const refusedFor = (one: Candidate) =>
    bench.health.exclusion(one, "m", bench.runtime.monotonic())?.refused ?? false;
  const [a, b, c] = [candidate("a"), candidate("b"), candidate("c")];
  teach(bench, a, outcome("not_permitted", { explicit: true }));
  teach(bench, b, outcome("model_missing"));
  teach(bench, c, outcome("rate_limited"));
  assert.deepEqual([a, b, c].map(refusedFor), [true, true, false]);
});
