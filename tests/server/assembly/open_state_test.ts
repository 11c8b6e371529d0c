import assert from "node:assert/strict";
import { join } from "node:path";
import { type LogLine, makeLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { openState, type State } from "../../../src/server/assembly/open_state.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function open(wanted: string, dataDir: string): Promise<{ state: State; lines: LogLine[] }> {
  const lines: LogLine[] = [];
  const log = makeLog(() => 0, (line) => lines.push(line));
  return {
    state: await openState(wanted, { dataDir, runtime: fakeRuntime(), log, observer: memoryObserver() }),
    lines,
  };
}

Deno.test("what was set when state is closed is there when it is opened again", async () => {
  await inFolder(async (folder) => {
    {
      await using first = (await open("deno_kv", folder)).state;
      assert.equal(first.kind, "deno_kv");
      first.writer.set(["v1", "a"], { b: 1 });
    }
    const { state, lines } = await open("deno_kv", folder);
    await using again = state;
    assert.deepEqual(await again.writer.store.get(["v1", "a"]), { b: 1 });
    assert.deepEqual(lines, []);
  });
});

Deno.test("where the store cannot be used state is in memory, and what that costs is said", async () => {
  const { state, lines } = await open("deno_kv", "/dev/null/nowhere");
  await using memory = state;
  assert.equal(memory.kind, "memory");
  assert.deepEqual(lines.map(({ level, channel }) => [level, channel]), [["warn", "state"]]);
  assert.match(lines[0]?.text ?? "", /memory only and lost at the next restart/);
  memory.writer.set(["v1", "a"], 1);
  assert.ok(await memory.writer.flush());
  assert.equal(await memory.writer.store.get(["v1", "a"]), 1);
});

Deno.test("a damaged store is set aside and said, and a new one serves", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "tidegate.kv"), "no database ".repeat(1000));
    const { state, lines } = await open("deno_kv", folder);
    await using mended = state;
    assert.equal(mended.kind, "deno_kv");
    assert.match(lines[0]?.text ?? "", /renamed to .*tidegate\.kv/);
    mended.writer.set(["v1", "a"], 1);
    assert.ok(await mended.writer.flush());
  });
});
