import assert from "node:assert/strict";
import type { Config } from "../../../../src/config/config.ts";
import { GenerationTurns } from "../../../../src/server/assembly/in_force/generation_turns.ts";
import { loadText } from "../../../config/load_text.ts";

const configOf = (port: number): Config =>
  loadText(
    `{ "listen": "127.0.0.1:${port}", "pools": [{ "provider": "openai", "keys": ["sk-0123456789"] }] }`,
  ).config;

function turnsOf() {
  const began: number[] = [];
  const failures: unknown[] = [];
  const ends: ((fault?: Error) => void)[] = [];
  const turns = new GenerationTurns(configOf(1), {
    turn({ listen }) {
      began.push(listen.port);
      return new Promise((resolve, reject) =>
        void ends.push((fault) => fault === undefined ? resolve() : reject(fault))
      );
    },
    failed: (error) => void failures.push(error),
  });
  return { began, failures, end: (fault?: Error) => ends.shift()?.(fault), turns };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("configs come into force one after the other", async () => {
  const { began, end, turns } = turnsOf();
  const first = turns.apply(configOf(2));
  const second = turns.apply(configOf(3));
  await settle();
  assert.deepEqual(began, [2], "the second waits");
  end();
  await first;
  assert.equal(turns.config.listen.port, 2);
  await settle();
  end();
  await second;
  assert.deepEqual([began, turns.config.listen.port], [[2, 3], 3]);
});

Deno.test("one that cannot be built changes nothing, and those after it come", async () => {
  const { end, turns } = turnsOf();
  const refused = turns.apply(configOf(2));
  await settle();
  end(new RangeError("no"));
  await assert.rejects(refused, RangeError);
  assert.equal(turns.config.listen.port, 1);
  const next = turns.refresh();
  await settle();
  end();
  await next;
});

Deno.test("changes of keys that wait together are one turn, of the config that is then in force", async () => {
  const { began, end, turns } = turnsOf();
  const config = turns.apply(configOf(2));
  const waiting = [turns.refresh(), turns.refresh()];
  await settle();
  end();
  await config;
  await settle();
  const late = turns.refresh();
  end();
  await Promise.all(waiting);
  await settle();
  end();
  await late;
  assert.deepEqual(began, [2, 2, 2], "one for both, and one for what came after it had begun");
});

Deno.test("a refresh that nobody waits for is told where it fails, and is no stray rejection", async () => {
  const { end, failures, turns } = turnsOf();
  turns.refreshUnasked();
  await settle();
  end(new RangeError("no"));
  await settle();
  assert.deepEqual(failures, [new RangeError("no")]);
});

Deno.test("closing waits for the turn under way, and refuses those that wait and those that come", async () => {
  const { began, end, failures, turns } = turnsOf();
  const first = turns.apply(configOf(2));
  const waiting = turns.apply(configOf(3));
  await settle();
  let isClosed = false;
  const closed = turns.close().then(() => isClosed = true);
  const refused = [waiting, turns.apply(configOf(4)), turns.refresh()].map((turn) => assert.rejects(turn));
  turns.refreshUnasked();
  await settle();
  assert.equal(isClosed, false);
  end();
  await first;
  await closed;
  await Promise.all(refused);
  assert.deepEqual([began, failures], [[2], []]);
});
