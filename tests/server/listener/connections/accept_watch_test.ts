import assert from "node:assert/strict";

import { silentLog } from "../../../../src/core/log.ts";
import { memoryObserver } from "../../../../src/core/observe.ts";
import { systemRuntime } from "../../../../src/core/time/system_runtime.ts";
import { AcceptWatch } from "../../../../src/server/listener/connections/accept_watch.ts";
import { until } from "../../../support/until.ts";

const MANY = 64;

/** A watch over a real listening socket; `accepts` says whether anybody takes connections from it. */
function watched(options: { accepts: boolean; open: number; reopenFails?: boolean }) {
  const socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const state = { open: options.open, reopened: 0, probes: 0, isListening: true };
  const observer = memoryObserver();
  const watch = new AcceptWatch({
    runtime: systemRuntime(),
    log: silentLog,
    observer,
    everyMs: 40,
    probeMs: 60,
    address: { host: "127.0.0.1", port: socket.addr.port },
    openConnections: () => state.open,
    isListening: () => state.isListening,
    reopen() {
      state.reopened++;
      return options.reopenFails === true ? Promise.reject(new Error("no descriptor")) : Promise.resolve();
    },
  });
  const accepting = (async () => {
    if (!options.accepts) return;
    for await (const connection of socket) {
      state.probes++;
      watch.opened();
      connection.close();
    }
  })();
  return {
    watch,
    state,
    observer,
    async [Symbol.asyncDispose]() {
      watch.stop();
      socket.close();
      await accepting;
    },
  };
}

Deno.test("a listener that nobody takes connections from is opened anew, again and again until it works", async () => {
  await using kit = watched({ accepts: false, open: MANY });
  kit.watch.opened();
  await until(() => kit.state.reopened >= 2, "it was opened anew twice");
  assert.ok(kit.observer.read("listener_reopened") >= 2);
});

Deno.test("a listener that could not be opened anew is tried again", async () => {
  await using kit = watched({ accepts: false, open: MANY, reopenFails: true });
  kit.watch.opened();
  kit.state.isListening = false;
  await until(() => kit.state.reopened >= 3, "three tries");
});

Deno.test("a listener that takes connections is probed and left alone", async () => {
  await using kit = watched({ accepts: true, open: MANY });
  kit.watch.opened();
  await until(() => kit.state.probes >= 3, "three probes");
  assert.equal(kit.state.reopened, 0);
});

Deno.test("with few connections there is no probe, and the watch sleeps once they are few again", async () => {
  await using kit = watched({ accepts: true, open: MANY - 1 });
  kit.watch.opened();
  kit.state.open = MANY;
  kit.watch.opened();
  await until(() => kit.state.probes === 1, "one probe");
  kit.state.open = 1;
  const endMs = performance.now() + 400;
  const before = kit.state.probes;
  await until(() => performance.now() > endMs, "several looks would have passed");
  assert.ok(kit.state.probes <= before + 1, `${kit.state.probes - before} more probes`);
});
