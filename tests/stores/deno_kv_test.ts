import assert from "node:assert/strict";
import { AffinityTable } from "../../src/balancing/affinity.ts";
import { HealthBoard } from "../../src/balancing/health.ts";
import { silentLog } from "../../src/core/log.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { denoKv } from "../../src/stores/deno_kv.ts";
import type { Store } from "../../src/stores/store.ts";
import { WriteBehind } from "../../src/stores/write_behind.ts";
import { candidate, outcome } from "../balancing/fixtures.ts";
import { type FakeRuntime, fakeRuntime } from "../support/fake_runtime.ts";

const PAGE_BYTES = 4_096;

async function withDir(test: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  try {
    await test(dataDir);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

interface Opened extends AsyncDisposable {
  readonly store: Store;
  readonly reports: readonly string[];
}

async function open(dataDir: string, runtime: FakeRuntime = fakeRuntime()): Promise<Opened> {
  const reports: string[] = [];
  const store = await denoKv.open({ dataDir, runtime, report: (text) => reports.push(text) });
  return { store, reports, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

async function filesOf(dataDir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dataDir))).map(({ name }) => name).sort();
}

/** Fills a store with some dozen pages of entries and closes it. */
async function fill(dataDir: string): Promise<void> {
  await using opened = await open(dataDir);
  for (let batch = 0; batch < 10; batch++) {
    await opened.store.apply(Array.from({ length: 100 }, (_, index) => ({
      key: ["k", `${batch}-${index}`],
      value: "v".repeat(100),
    })));
  }
}

Deno.test("entries outlive closing and opening again, and the file is its owner's alone", () =>
  withDir(async (dataDir) => {
    await fill(dataDir);
    await using opened = await open(dataDir);
    assert.equal(await opened.store.get(["k", "3-7"]), "v".repeat(100));
    assert.deepEqual(opened.reports, []);
    if (Deno.build.os === "windows") return;
    for (const name of await filesOf(dataDir)) {
      assert.equal(((await Deno.stat(`${dataDir}/${name}`)).mode ?? 0) & 0o777, 0o600, name);
    }
  }));

/** Ways in which a file is found damaged: on opening, on reading, on writing. */
const DAMAGES: readonly { readonly what: string; readonly damage: (file: Uint8Array) => Uint8Array }[] = [
  { what: "garbage", damage: () => new TextEncoder().encode("this is no database. ".repeat(1_000)) },
  { what: "cut in half", damage: (file) => file.slice(0, file.length / 2) },
  { what: "cut within its first page", damage: (file) => file.slice(0, 100) },
  { what: "cut within its last page", damage: (file) => file.slice(0, file.length - 1_000) },
];

for (const { what, damage } of DAMAGES) {
  Deno.test(`a file that is ${what} is set aside whole, said, and made anew`, () =>
    withDir(async (dataDir) => {
      await fill(dataDir);
      const path = `${dataDir}/tidegate.kv`;
      const damaged = damage(await Deno.readFile(path));
      await Deno.writeFile(path, damaged);
      const runtime = fakeRuntime({ nowMs: 1_800_000_000_000 });
      await using opened = await open(dataDir, runtime);
      assert.equal(opened.reports.length, 1);
      assert.match(
        opened.reports[0] ?? "",
        /is damaged .* was renamed to .*tidegate\.kv\.damaged-1800000000000 and a new one/,
      );
      assert.deepEqual(await Deno.readFile(`${path}.damaged-1800000000000`), damaged);
      assert.equal(await opened.store.get(["k", "0-0"]), undefined);
      await opened.store.set(["a"], 1);
      assert.equal(await opened.store.get(["a"]), 1);
    }));
}

Deno.test("whichever page is overwritten, the store opens and works: set aside, or whole without it", async () => {
  await withDir(async (originalDir) => {
    await fill(originalDir);
    const whole = await Deno.readFile(`${originalDir}/tidegate.kv`);
    let setAside = 0;
    for (let page = 0; page * PAGE_BYTES < whole.length; page++) {
      await withDir(async (dataDir) => {
        const damaged = whole.slice();
        damaged.fill(0x5a, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
        await Deno.writeFile(`${dataDir}/tidegate.kv`, damaged);
        await using opened = await open(dataDir);
        setAside += opened.reports.length;
        const entries = await Array.fromAsync(opened.store.list(["k"]));
        assert.equal(entries.length, opened.reports.length === 1 ? 0 : 1_000, `page ${page}`);
        await opened.store.set(["a"], 1);
        assert.equal(await opened.store.get(["a"]), 1);
      });
    }
    assert.ok(setAside > 10, `${setAside} pages were noticed`);
  });
});

Deno.test("a directory in the file's place is set aside", () =>
  withDir(async (dataDir) => {
    await Deno.mkdir(`${dataDir}/tidegate.kv`);
    await using opened = await open(dataDir);
    assert.match(opened.reports[0] ?? "", /is a directory/);
    await opened.store.set(["a"], 1);
  }));

Deno.test("a file written by a newer version is set aside, not misread", () =>
  withDir(async (dataDir) => {
    await fill(dataDir);
    {
      using kv = await Deno.openKv(`${dataDir}/tidegate.kv`);
      await kv.set(["tidegate", "schema"], 2);
    }
    await using opened = await open(dataDir);
    assert.match(opened.reports[0] ?? "", /newer version of Tidegate \(schema 2, known is 1\)/);
    assert.deepEqual(await Array.fromAsync(opened.store.list([])), []);
    assert.ok((await filesOf(dataDir)).some((name) => name.startsWith("tidegate.kv.damaged-")));
  }));

Deno.test("a place that KV cannot use rejects with a clear reason and sets nothing aside", () =>
  withDir(async (dataDir) => {
    await assert.rejects(
      open(`${dataDir}/missing`),
      /Cannot use Deno KV at .*missing\/tidegate\.kv: .* It needs a local disk that this process may write to/s,
    );
    await Deno.symlink(`${dataDir}/nowhere/else`, `${dataDir}/tidegate.kv`);
    await assert.rejects(open(dataDir), /Cannot use Deno KV/);
    assert.deepEqual(await filesOf(dataDir), ["tidegate.kv"]);
  }));

Deno.test("expiry is compared on read, long before Deno KV collects anything", () =>
  withDir(async (dataDir) => {
    const runtime = fakeRuntime();
    await using opened = await open(dataDir, runtime);
    await opened.store.set(["a"], 1, 1_500.5);
    runtime.advance(1_501);
    assert.equal(await opened.store.get(["a"]), undefined);
    assert.deepEqual(await Array.fromAsync(opened.store.list([])), []);
  }));

Deno.test("foreign values in the file are passed by", () =>
  withDir(async (dataDir) => {
    {
      using kv = await Deno.openKv(`${dataDir}/tidegate.kv`);
      await kv.set(["a", "1"], { value: 1 });
      await kv.set(["a", "2"], new TextEncoder().encode("not json"));
      await kv.set(["a", 3, true], new Uint8Array(0));
    }
    await using opened = await open(dataDir);
    await opened.store.set(["a", "4"], "ours");
    assert.equal(await opened.store.get(["a", "1"]), undefined);
    assert.deepEqual((await Array.fromAsync(opened.store.list(["a"]))).map(({ value }) => value), ["ours"]);
  }));

/** Writes entry after entry and prints the number of each once it is kept. */
const ENDLESS_WRITER = `
  import { systemRuntime } from "./src/core/time/system_runtime.ts";
  import { denoKv } from "./src/stores/deno_kv.ts";
  const store = await denoKv.open({ dataDir: Deno.args[0], runtime: systemRuntime(), report: () => {} });
  for (let number = 0;; number++) {
    await store.set(["k", String(number)], number);
    await Deno.stdout.write(new TextEncoder().encode(number + "\\n"));
  }
`;

Deno.test("a process killed while it writes loses nothing that was kept, and its file is not taken for damaged", () =>
  withDir(async (dataDir) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", ENDLESS_WRITER, dataDir],
      cwd: new URL("../../", import.meta.url),
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let said = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text;
      if (said.length > 500) break;
    }
    child.kill("SIGKILL");
    await child.status;
    assert.ok((await filesOf(dataDir)).includes("tidegate.kv-wal"), "killed before anything was tidied up");
    await using opened = await open(dataDir);
    assert.deepEqual(opened.reports, []);
    const kept = said.slice(0, said.lastIndexOf("\n")).split("\n").map(Number);
    assert.ok(kept.length > 50);
    for (const number of kept) assert.equal(await opened.store.get(["k", `${number}`]), number);
  }));

Deno.test("marks and affinity are back after a restart on the same file", () =>
  withDir(async (dataDir) => {
    const one = candidate("a");
    const terms = { ttlMs: 300_000, sliding: false, lasting: true };
    const boot = async (runtime: FakeRuntime) => {
      const opened = await open(dataDir, runtime);
      const parts = { runtime, log: silentLog, observer: memoryObserver() };
      const state = new WriteBehind({ ...parts, store: opened.store });
      const health = new HealthBoard({ ...parts, state });
      const affinity = new AffinityTable({ ...parts, state });
      await Promise.all([health.restore(), affinity.restore()]);
      return { opened, state, health, affinity };
    };
    const first = await boot(fakeRuntime({ nowMs: 5_000_000 }));
    first.health.learn(one, "m", outcome("key_invalid", { explicit: true }));
    first.health.disable("key:b", "leaked");
    first.affinity.assign([7], "a", terms);
    await first.state.close();
    await first.opened[Symbol.asyncDispose]();

    const runtime = fakeRuntime({ nowMs: 5_060_000 });
    const second = await boot(runtime);
    const nowMs = runtime.monotonic();
    assert.equal(second.health.exclusion(one, "m", nowMs)?.endMs, nowMs + 540_000);
    assert.equal(second.health.exclusion(candidate("b"), "m", nowMs)?.reason, "leaked");
    assert.equal(second.affinity.find([7], terms), "a");
    runtime.advance(240_000);
    assert.equal(second.affinity.find([7], terms), undefined);
    await second.state.close();
    await second.opened[Symbol.asyncDispose]();
  }));
