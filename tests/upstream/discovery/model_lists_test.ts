import assert from "node:assert/strict";
import { makeLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import * as providers from "../../../src/providers/mod.ts";
import { memory } from "../../../src/stores/memory.ts";
import { WriteBehind } from "../../../src/stores/write_behind.ts";
import { ModelLists } from "../../../src/upstream/discovery/model_lists.ts";
import { candidateAt } from "../../support/attempts_setup.ts";
import { type CannedAnswer, CannedCalls } from "../../support/canned_calls.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const HOUR_MS = 3_600_000;

const list = (...ids: string[]): CannedAnswer => ({ body: { data: ids.map((id) => ({ id })) } });
const refusal: CannedAnswer = {
  status: 401,
  body: { error: { code: "invalid_api_key", message: "sk-one" } },
};

async function setup(answers: readonly CannedAnswer[], state?: WriteBehind) {
  const runtime = fakeRuntime();
  const lines: string[] = [];
  const log = makeLog(() => runtime.now(), (line) => void lines.push(JSON.stringify(line)));
  const observer = memoryObserver();
  const store = await memory.open({ dataDir: "", runtime, report: () => {} });
  const writer = state ?? new WriteBehind({ store, runtime, log, observer });
  const caller = new CannedCalls(answers);
  const changes: string[] = [];
  const ill = new Set<string>();
  const lists = new ModelLists({
    ...{ runtime, caller, log, observer, state: writer },
    providerOf: (type) => type === "azure_openai" ? providers.azureOpenai : providers.openai,
    isWell: ({ endpoint }) => !ill.has(endpoint.id),
    changed: (pool) => void changes.push(pool),
  });
  // Step by step, so that an answer comes before its call's deadline.
  const passes = async (ms: number) => {
    for (let left = ms; left >= 0; left -= 10_000) {
      runtime.advance(Math.min(left, 10_000));
      for (let turn = 0; turn < 60; turn++) await Promise.resolve();
    }
  };
  const asked = () => caller.requests.map(({ url }) => new URL(url).host);
  return { runtime, lines, caller, changes, ill, lists, passes, asked, writer };
}

const pool = (...ids: string[]) => ({
  name: "p",
  candidates: ids.map((id) => candidateAt(id, `https://${id}.example/v1`)),
  rules: [],
});

Deno.test("a pool is asked at once, then about every hour; only a change is told", async () => {
  const { lists, passes, changes, caller } = await setup([list("a"), list("a"), list("a", "b")]);
  lists.configure([pool("one")]);
  assert.equal(lists.of("p"), undefined, "the start waits for nobody");
  await passes(0);
  assert.deepEqual(lists.of("p"), [{ id: "a" }]);
  assert.deepEqual(changes, ["p"]);
  await passes(0.89 * HOUR_MS);
  assert.equal(caller.requests.length, 1);
  await passes(0.22 * HOUR_MS);
  assert.equal(caller.requests.length, 2);
  assert.deepEqual(changes, ["p"]);
  await passes(1.11 * HOUR_MS);
  assert.deepEqual([lists.of("p")?.length, changes.length], [2, 2]);
  lists[Symbol.dispose]();
});

Deno.test("when nobody answers the last list stays, and it is tried again after a growing wait", async () => {
  const { lists, passes, caller, changes, lines } = await setup([list("a"), refusal]);
  lists.configure([pool("one")]);
  await passes(0);
  const waits: number[] = [];
  for (let call = 2; call <= 5; call++) {
    let waitedMs = 0;
    for (; caller.requests.length < call; waitedMs += 1000) await passes(1000);
    waits.push(waitedMs);
  }
  assert.ok((waits[0] ?? 0) > 0.89 * HOUR_MS);
  for (const [at, expectedMs] of [30_000, 60_000, 120_000].entries()) {
    const waitedMs = waits[at + 1] ?? 0;
    assert.ok(0.85 * expectedMs < waitedMs && waitedMs < 1.15 * expectedMs, `${waitedMs}`);
  }
  assert.deepEqual([lists.of("p"), changes], [[{ id: "a" }], ["p"]]);
  assert.match(lines.join("\n"), /could not be asked for; the last list stays/);
  assert.doesNotMatch(lines.join("\n"), /sk-one/, "no word of the upstream's");
  lists[Symbol.dispose]();
});

Deno.test("up to three endpoints are asked, those in trouble only when there is no other", async () => {
  const { lists, passes, asked, ill } = await setup([refusal]);
  lists.configure([pool("one", "two", "three", "four")]);
  await passes(0);
  assert.equal(new Set(asked()).size, 3);
  lists[Symbol.dispose]();

  const other = await setup([list("a")]);
  for (const id of ["one", "three"]) other.ill.add(id);
  other.lists.configure([pool("one", "two", "three")]);
  await other.passes(0);
  assert.deepEqual(other.asked(), ["two.example"]);
  other.lists[Symbol.dispose]();
  assert.equal(ill.size, 0);
});

Deno.test("an upstream whose vendor does not tell its models is passed over", async () => {
  const { lists, passes, asked } = await setup([list("a")]);
  const azure = candidateAt("azure", "https://azure.example", { provider: "azure_openai" });
  lists.configure([{ ...pool("one"), candidates: [azure, ...pool("one").candidates] }]);
  await passes(0);
  assert.deepEqual(asked(), ["one.example"]);
  lists[Symbol.dispose]();
});

Deno.test("lists outlive the process, also long ones, and a shorter one leaves nothing of a longer", async () => {
  const many = Array.from({ length: 420 }, (_, at) => `model-${at}`);
  const first = await setup([
    { body: { data: many.map((id) => ({ id, "context_window": 8 })) } },
    list("only"),
  ]);
  first.lists.configure([pool("one")]);
  await first.passes(0);
  await first.writer.flush();
  const second = await setup(["silence"], first.writer);
  await second.lists.restore();
  assert.equal(second.lists.of("p")?.length, 420);
  assert.deepEqual(second.lists.of("p")?.[419], { id: "model-419", contextWindow: 8 });

  await first.passes(1.11 * HOUR_MS);
  await first.writer.flush();
  const third = await setup(["silence"], first.writer);
  await third.lists.restore();
  assert.deepEqual(third.lists.of("p"), [{ id: "only" }]);
  first.lists[Symbol.dispose]();
});

Deno.test("a pool that left the config is asked no more; one that stays keeps its hour", async () => {
  const { lists, passes, caller } = await setup([list("a")]);
  lists.configure([pool("one")]);
  await passes(0);
  lists.configure([pool("one")]);
  await passes(1000);
  assert.equal(caller.requests.length, 1);
  lists.configure([]);
  await passes(5 * HOUR_MS);
  assert.equal(caller.requests.length, 1);
});
