import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import type { LogFileConfig } from "../../../src/config/telemetry_config.ts";
import { makeLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { logFiles } from "../../../src/server/logs/log_files.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { until } from "../../support/until.ts";

const FILE: LogFileConfig = {
  name: "app",
  channels: undefined,
  level: "debug",
  maxSizeBytes: 1 << 20,
  maxAgeMs: 30 * 86_400_000,
  maxFiles: 10,
  compress: false,
};

/** Log files in a directory that is removed at the end. */
function logsOf(...files: Partial<LogFileConfig>[]) {
  const directory = join(Deno.makeTempDirSync(), "logs");
  const runtime = fakeRuntime({ nowMs: Date.now() });
  const observer = memoryObserver();
  const faults: string[] = [];
  const logs = logFiles({
    directory,
    files: files.map((file) => ({ ...FILE, ...file })),
    runtime,
    observer,
    redact: (line) => line.replaceAll("sk-secret", "[redacted]"),
    onFault: (name, reason) => faults.push(`${name}: ${reason}`),
  });
  return {
    directory,
    runtime,
    observer,
    faults,
    logs,
    log: makeLog(() => runtime.now(), logs.sink),
    names: () =>
      [...Deno.readDirSync(directory)].map((entry) => entry.name).filter((name) => !name.startsWith("."))
        .sort(),
    read: (name: string) => Deno.readTextFileSync(join(directory, name)),
    [Symbol.asyncDispose]: async () => {
      await logs.close();
      Deno.removeSync(join(directory, ".."), { recursive: true });
    },
  };
}

Deno.test("each file gets the lines of its channels and level, as JSON without secrets", async () => {
  await using kit = logsOf({ name: "access", channels: ["access"], level: "info" }, {
    name: "faults",
    level: "error",
  });
  kit.log.info("start");
  kit.log.channel("access").info("request", { status: 200, note: "with sk-secret" });
  kit.log.channel("access").debug("detail");
  kit.log.error("bad");
  await kit.logs.close();
  const texts = (name: string) => kit.read(name).trimEnd().split("\n").map((line) => JSON.parse(line).text);
  assert.deepEqual(texts("access.log"), ["request"]);
  assert.deepEqual(texts("faults.log"), ["bad"]);
  assert.doesNotMatch(kit.read("access.log"), /sk-secret/);
});

Deno.test("only the owner may read the logs", async () => {
  await using kit = logsOf({});
  kit.log.info("x");
  await kit.logs.close();
  assert.equal((Deno.statSync(kit.directory).mode ?? 0) & 0o777, 0o700);
  assert.equal((Deno.statSync(join(kit.directory, "app.log")).mode ?? 0) & 0o777, 0o600);
});

Deno.test("a file goes on where the last process stopped", async () => {
  await using kit = logsOf({});
  kit.log.info("first");
  await kit.logs.close();
  const again = logFiles({
    directory: kit.directory,
    files: [FILE],
    runtime: kit.runtime,
    observer: kit.observer,
    redact: (line) => line,
    onFault: () => {},
  });
  makeLog(() => 0, again.sink).info("second");
  await again.close();
  assert.match(kit.read("app.log"), /first[^]*second/);
});

Deno.test("a full file is set aside, compressed if asked, and the oldest beyond the number are removed", async () => {
  await using kit = logsOf({ maxSizeBytes: 2_000, maxFiles: 2, compress: true });
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 15; i++) kit.log.info(`round ${round} line ${i} ${"x".repeat(100)}`);
    const expected = Math.min(round + 1, 2);
    await until(
      () => kit.names().filter((name) => name.endsWith(".gz")).length >= expected,
      `round ${round} is set aside`,
    );
  }
  await kit.logs.close();
  const aside = kit.names().filter((name) => name !== "app.log");
  assert.equal(aside.length, 2);
  for (const name of aside) {
    assert.match(name, /^app-\d{8}T\d{6}-\d+\.log\.gz$/);
    const text = gunzipSync(Deno.readFileSync(join(kit.directory, name))).toString();
    for (const line of text.trimEnd().split("\n")) assert.match(JSON.parse(line).text, /^round \d line/);
  }
  assert.deepEqual(kit.faults, []);
});

Deno.test("files set aside longer ago than their age are removed, others are left alone", async () => {
  await using kit = logsOf({ maxAgeMs: 86_400_000 });
  kit.log.info("x");
  const old = new Date(kit.runtime.now() - 2 * 86_400_000);
  for (
    const name of [
      "app-20250101T000000-1.log",
      "app-20250101T000000-1.log.gz",
      "other-20250101T000000-1.log",
      "app-notes.log",
    ]
  ) {
    Deno.writeTextFileSync(join(kit.directory, name), "old");
    Deno.utimeSync(join(kit.directory, name), old, old);
  }
  Deno.writeTextFileSync(join(kit.directory, "app-20250101T000000-2.log"), "young");
  kit.runtime.advance(3_600_000);
  await until(() => !kit.names().includes("app-20250101T000000-1.log.gz"), "the old ones are gone");
  await kit.logs.close();
  assert.deepEqual(kit.names(), [
    "app-20250101T000000-2.log",
    "app-notes.log",
    "app.log",
    "other-20250101T000000-1.log",
  ]);
});

Deno.test("a file that cannot be written is told once, its lines are counted, and it is opened anew later", async () => {
  await using kit = logsOf({ maxSizeBytes: 2_000 });
  kit.log.info("before");
  await until(
    () => kit.names().includes("app.log") && kit.read("app.log").includes("before"),
    "the file is open",
  );
  // Without its directory the full file cannot be set aside.
  Deno.removeSync(kit.directory, { recursive: true });
  for (let i = 0; i < 30; i++) kit.log.info("x".repeat(100));
  await until(() => kit.faults.length === 1, "the fault is told");
  kit.log.info("lost");
  assert.equal(kit.observer.read("log_lines_dropped", { file: "app" }), 1);
  Deno.mkdirSync(kit.directory, { recursive: true });
  kit.runtime.advance(30_000);
  kit.log.info("after");
  await until(
    () => kit.names().includes("app.log") && kit.read("app.log").includes("after"),
    "the file is open again",
  );
  assert.equal(kit.faults.length, 1);
});

// The gateway runs without --allow-sys, and so do these: the library's own search for a name needs it.
for (const compress of [false, true]) {
  Deno.test({
    name: `a flood that fills many files within a second loses no line (compress: ${compress})`,
    permissions: { read: true, write: true, env: true, sys: false },
    async fn() {
      await using kit = logsOf({ maxSizeBytes: 16_384, maxFiles: 1_000, compress });
      const count = 4_000;
      for (let i = 0; i < count; i++) {
        kit.log.info(`line ${i} ${"x".repeat(100)}`);
        // Lines also come while a file is being set aside.
        if (i % 100 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      await kit.logs.close();
      const seen = new Set<string>();
      const names = kit.names();
      assert.ok(names.length > 20, `${names.length} files`);
      for (const name of names) {
        const bytes = Deno.readFileSync(join(kit.directory, name));
        const text = new TextDecoder().decode(name.endsWith(".gz") ? gunzipSync(bytes) : bytes);
        for (const line of text.split("\n").filter((line) => line !== "")) seen.add(JSON.parse(line).text);
      }
      assert.equal(seen.size, count);
      assert.deepEqual(kit.faults, []);
      assert.equal((Deno.statSync(join(kit.directory, ".app.history")).mode ?? 0) & 0o777, 0o600);
    },
  });
}

Deno.test("within a second the numbers of files set aside grow, also when old ones are removed", async () => {
  await using kit = logsOf({ maxSizeBytes: 2_000, maxFiles: 2 });
  for (let i = 0; i < 410; i++) kit.log.info(`line ${i} ${"x".repeat(100)}`);
  await kit.logs.close();
  const firstLine = (name: string) => Number(/line (\d+)/.exec(kit.read(name))?.[1]);
  const number = (name: string) => Number(/-(\d+)\.log$/.exec(name)?.[1]);
  const aside = kit.names().filter((name) => name !== "app.log");
  assert.equal(aside.length, 2);
  const bySecondAndNumber = aside.toSorted((a, b) =>
    a.slice(0, 19) < b.slice(0, 19) ? -1 : a.slice(0, 19) > b.slice(0, 19) ? 1 : number(a) - number(b)
  );
  assert.deepEqual(bySecondAndNumber, aside.toSorted((a, b) => firstLine(a) - firstLine(b)));
});

/** The stream that was given up ends on its own, maybe after its test. */
const LET_GO = { sanitizeOps: false, sanitizeResources: false };

/** A file that is being set aside and hangs at it, as on a disk that does not answer: its history is a pipe without a writer. */
async function hanging(kit: ReturnType<typeof logsOf>) {
  const pipe = join(kit.directory, ".app.history");
  assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
  for (let i = 0; i < 30; i++) kit.log.info("x".repeat(100));
  await until(() => kit.names().some((name) => name.startsWith("app-")), "the full file is being set aside");
  return () => {
    const end = Deno.openSync(pipe, { read: true, write: true });
    // The old stream then fails instead of opening its file once more.
    Deno.removeSync(kit.directory, { recursive: true });
    end.close();
  };
}

Deno.test("closing ends within 3 s although the disk does not answer", LET_GO, async () => {
  await using kit = logsOf({ maxSizeBytes: 2_000 });
  const release = await hanging(kit);
  kit.log.info("waits");
  const closed = kit.logs.close();
  kit.runtime.advance(3_000);
  await closed;
  assert.equal(kit.faults.length, 1);
  release();
});

Deno.test("a file that takes no line for 30 s is told once and opened anew", LET_GO, async () => {
  await using kit = logsOf({ maxSizeBytes: 2_000 });
  const release = await hanging(kit);
  kit.log.info("waits");
  kit.runtime.advance(30_000);
  kit.log.info("after");
  await until(
    () => kit.names().includes("app.log") && kit.read("app.log").includes("after"),
    "the file is open again",
  );
  assert.equal(kit.faults.length, 1);
  await kit.logs.close();
  release();
});
