import assert from "node:assert/strict";

import { actOnSignals } from "../../../src/server/process/signals.ts";

/** A source whose signals the test gives; `unknown` ones cannot be listened to. */
function fakeSource(unknown: readonly Deno.Signal[] = []) {
  const listeners = new Map<Deno.Signal, () => void>();
  return {
    listeners,
    give: (signal: Deno.Signal) => listeners.get(signal)?.(),
    addSignalListener(signal: Deno.Signal, listener: () => void) {
      if (unknown.includes(signal)) throw new TypeError(`Unknown signal: ${signal}`);
      listeners.set(signal, listener);
    },
    removeSignalListener(signal: Deno.Signal) {
      listeners.delete(signal);
    },
  };
}

function recorded(source: ReturnType<typeof fakeSource>) {
  const acts: string[] = [];
  const stop = actOnSignals({
    drain: (signal) => acts.push(`drain ${signal}`),
    exit: (code) => acts.push(`exit ${code}`),
    reload: () => acts.push("reload"),
  }, source);
  return { acts, stop };
}

Deno.test("the first signal drains and the second ends the process with its own code", () => {
  for (
    const [first, second, code] of [["SIGTERM", "SIGTERM", 143], ["SIGINT", "SIGINT", 130], [
      "SIGTERM",
      "SIGINT",
      130,
    ]] as const
  ) {
    const source = fakeSource();
    const { acts } = recorded(source);
    source.give(first);
    source.give(second);
    assert.deepEqual(acts, [`drain ${first}`, `exit ${code}`]);
  }
});

Deno.test("SIGHUP reloads each time and never drains", () => {
  const source = fakeSource();
  const { acts } = recorded(source);
  source.give("SIGHUP");
  source.give("SIGHUP");
  source.give("SIGINT");
  assert.deepEqual(acts, ["reload", "reload", "drain SIGINT"]);
});

Deno.test("a platform without a signal keeps the others", () => {
  const source = fakeSource(["SIGTERM", "SIGHUP"]);
  const { acts } = recorded(source);
  source.give("SIGINT");
  assert.deepEqual(acts, ["drain SIGINT"]);
});

Deno.test("stopping forgets all signals", () => {
  const source = fakeSource();
  recorded(source).stop();
  assert.equal(source.listeners.size, 0);
});
