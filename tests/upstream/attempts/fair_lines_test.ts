import assert from "node:assert/strict";
import {
  FairLines,
  type LinePlace,
  MAX_IN_LINE,
  type Turn,
} from "../../../src/upstream/attempts/fair_lines.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const never = new AbortController().signal;

/** Lets what was resolved run on. */
const settle = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

function setup() {
  const runtime = fakeRuntime();
  const lines = new FairLines(runtime);
  const given: string[] = [];
  const turns: Turn[] = [];
  const wait = (tenant: string, more: Partial<LinePlace> = {}, signal = never) => {
    const place = { tenant, priority: 0, endMs: runtime.monotonic() + 10_000, ...more };
    return lines.wait("p", place, signal).then((turn) => {
      if (turn.isGiven) {
        given.push(tenant);
        turns.push(turn);
      }
      return turn;
    });
  };
  /** Whoever got a turn goes out. */
  const goOut = () => {
    for (const turn of turns.splice(0)) {
      lines.began("p", turn.tenant);
      lines.used(turn, true);
    }
  };
  return { runtime, lines, given, wait, goOut };
}

Deno.test("whoever has the fewest requests under way is next", async () => {
  const { lines, given, wait, goOut } = setup();
  for (let sent = 0; sent < 4; sent++) lines.began("p", "noisy");
  lines.began("p", "quiet");
  void wait("noisy");
  void wait("noisy");
  void wait("quiet");
  lines.ended("p", "noisy");
  await settle();
  assert.deepEqual(given, ["quiet"]);
  goOut();
  await settle();
  assert.deepEqual(given, ["quiet", "quiet"].slice(0, 1).concat("noisy"), "another is let try at once");
});

Deno.test("tenants of a smaller priority number go first, whatever they have under way", async () => {
  const { lines, given, wait } = setup();
  lines.began("p", "first");
  void wait("second", { priority: 5 });
  void wait("first", { priority: 1 });
  lines.ended("p", "other");
  await settle();
  assert.deepEqual(given, ["first"]);
});

Deno.test("a turn that was too early keeps its place, and nobody passes meanwhile", async () => {
  const { runtime, lines, given, wait } = setup();
  lines.began("p", "x");
  const first = wait("a");
  void wait("a");
  lines.ended("p", "x");
  const turn = await first;
  assert.equal(lines.isBusy("p"), true);
  const place = { tenant: "a", priority: 0, endMs: runtime.monotonic() + 10_000 };
  let again = false;
  void lines.wait("p", place, never, turn).then(({ isGiven, seq }) => again = isGiven && seq === turn.seq);
  lines.ended("p", "x");
  await settle();
  assert.equal(again, true);
  assert.deepEqual(given, ["a"]);
});

Deno.test("a wait ends with its time and with its client; what is left over is forgotten", async () => {
  const { runtime, lines, wait } = setup();
  const leaving = new AbortController();
  const late = wait("a", { endMs: runtime.monotonic() + 100 });
  const gone = wait("b", {}, leaving.signal);
  leaving.abort();
  assert.equal((await gone).isGiven, false);
  runtime.advance(100);
  assert.equal((await late).isGiven, false);
  assert.equal(lines.size, 0);
  assert.equal(lines.isBusy("p"), false);
  assert.equal((await wait("c", { endMs: runtime.monotonic() })).isGiven, false, "no patience, no place");
});

Deno.test("where nobody tells that there is room, one is let try every now and then", async () => {
  const { runtime, given, wait } = setup();
  void wait("a");
  runtime.advance(249);
  await settle();
  assert.deepEqual(given, []);
  runtime.advance(1);
  await settle();
  assert.deepEqual(given, ["a"]);
});

Deno.test("in a full line the latest of whoever has most there gives way to others, never to its own", async () => {
  const { lines, wait } = setup();
  const noisy = Array.from({ length: MAX_IN_LINE }, () => wait("noisy"));
  assert.equal((await wait("noisy")).isGiven, false);
  void wait("quiet");
  assert.equal((await noisy[MAX_IN_LINE - 1])?.isGiven, false);
  assert.equal(lines.size, MAX_IN_LINE);
});
