import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { registryOf } from "../../../src/core/registry.ts";
import { type LogLine, makeLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { systemDisk } from "../../../src/recording/files/disk.ts";
import { HourlyFileSink } from "../../../src/recording/sinks/hourly_file.ts";
import * as sinkModule from "../../../src/recording/sinks/mod.ts";
import {
  AppendError,
  type SinkKind,
  type SinkLine,
  type SinkOptions,
} from "../../../src/recording/sinks/sink.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { START_MS } from "../draft_of.ts";
import { brokenDisk } from "../files/broken_disk.ts";
import { temporaryFolder } from "../files/temporary_folder.ts";

const HOUR_MS = 3_600_000;

function lineOf(text: string, kind: SinkLine["kind"] = "record", endedMs = START_MS): SinkLine {
  return { kind, bytes: new TextEncoder().encode(`${text}\n`), endedMs };
}

function setup(dataDir: string, options: Partial<SinkOptions> = {}, disk = systemDisk) {
  const runtime = fakeRuntime();
  const lines: LogLine[] = [];
  const log = makeLog(runtime.now, (line) => lines.push(line));
  const observer = memoryObserver();
  const open = () =>
    HourlyFileSink.open({
      dataDir,
      runtime,
      log,
      observer,
      keepDays: 30,
      maxTotalBytes: 1e10,
      compress: false,
      ...options,
    }, disk);
  return { runtime, lines, observer, open };
}

async function namesIn(...path: string[]): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(join(...path)))).map((entry) => entry.name).sort();
}

/** Resolves once the folder's files are these; file work ends when the disk says so, not after a time. */
async function untilNames(folder: string, names: readonly string[]): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    const found = await namesIn(folder);
    if (JSON.stringify(found) === JSON.stringify(names)) return;
    if (performance.now() > deadlineMs) assert.deepEqual(found, names);
  }
}

Deno.test("the registered kinds are named as their files", () => {
  const registry = registryOf<SinkKind>(sinkModule);
  assert.deepEqual(registry.types, ["hourly_file", "stdout"]);
});

Deno.test("records and training lines go to folders of their own, in the same hours", async () => {
  await using data = await temporaryFolder();
  const sink = await setup(data.path).open();
  await sink.append([lineOf("r"), lineOf("t", "training"), lineOf("r2")]);
  await sink.close();
  assert.equal(await Deno.readTextFile(join(data.path, "records", "20260101_00.jsonl")), "r\nr2\n");
  assert.equal(await Deno.readTextFile(join(data.path, "training", "20260101_00.jsonl")), "t\n");
});

Deno.test("without training lines there is no training folder", async () => {
  await using data = await temporaryFolder();
  const sink = await setup(data.path).open();
  await sink.append([lineOf("r")]);
  await sink.close();
  assert.deepEqual(await namesIn(data.path), ["records"]);
});

Deno.test("opening repairs the newest two files of each folder, deletes half-made .gz, and says it", async () => {
  await using data = await temporaryFolder();
  for (const folder of ["records", "training"]) {
    await Deno.mkdir(join(data.path, folder));
    for (const hour of ["21", "22", "23"]) {
      await Deno.writeTextFile(join(data.path, folder, `20251231_${hour}.jsonl`), "whole\nhalf");
    }
    await Deno.writeTextFile(join(data.path, folder, "20251231_20.jsonl.gz.tmp"), "half");
  }
  const { open, lines } = setup(data.path);
  await (await open()).close();
  for (const folder of ["records", "training"]) {
    const texts = await Promise.all(
      ["21", "22", "23"].map((hour) => Deno.readTextFile(join(data.path, folder, `20251231_${hour}.jsonl`))),
    );
    assert.deepEqual(texts, ["whole\nhalf", "whole\n", "whole\n"]);
    assert.equal((await namesIn(data.path, folder)).filter((name) => name.endsWith(".torn")).length, 2);
    assert.equal((await namesIn(data.path, folder)).filter((name) => name.endsWith(".tmp")).length, 0);
  }
  assert.equal(lines.filter((line) => line.level === "warn").length, 4);
});

Deno.test("a failing folder tells all its lines and keeps no other kind from the disk", async () => {
  await using data = await temporaryFolder();
  const disk = brokenDisk({ call: 1, takes: 3 });
  const sink = await setup(data.path, {}, disk).open();
  const lines = [lineOf("record"), lineOf("training", "training")];
  const error = await sink.append(lines).then(() => undefined, (e) => e);
  assert.ok(error instanceof AppendError);
  assert.deepEqual(error.unwritten, lines);
  disk.heal();
  await sink.append(error.unwritten);
  await sink.close();
  assert.equal(await Deno.readTextFile(join(data.path, "records", "20260101_00.jsonl")), "record\n");
  assert.equal(await Deno.readTextFile(join(data.path, "training", "20260101_00.jsonl")), "training\n");
});

Deno.test("old hours are deleted at boot and after each hour, and counted", async () => {
  await using data = await temporaryFolder();
  const records = join(data.path, "records");
  await Deno.mkdir(records);
  await Deno.writeTextFile(join(records, "20251229_00.jsonl"), "x\n");
  await Deno.writeTextFile(join(records, "20251231_00.jsonl"), "x\n");
  const { open, runtime, observer } = setup(data.path, { keepDays: 1 });
  const sink = await open();
  await untilNames(records, ["20251231_00.jsonl"]);
  runtime.advance(HOUR_MS + 600_000);
  await untilNames(records, []);
  await sink.close();
  assert.equal(observer.read("records_files_deleted"), 2);
});

Deno.test("an hour is compressed ten minutes after its end, and a line that comes later still is kept", async () => {
  await using data = await temporaryFolder();
  const { open, runtime } = setup(data.path, { compress: true });
  const records = join(data.path, "records");
  const sink = await open();
  await sink.append([lineOf("a")]);
  runtime.advance(HOUR_MS + 599_000);
  await sink.append([lineOf("late")]);
  runtime.advance(1000);
  await untilNames(records, ["20260101_00.jsonl.gz"]);
  await sink.append([lineOf("later"), lineOf("now", "record", START_MS + HOUR_MS)]);
  assert.equal(
    gunzipSync(await Deno.readFile(join(records, "20260101_00.jsonl.gz"))).toString(),
    "a\nlate\n",
  );
  assert.equal(await Deno.readTextFile(join(records, "20260101_00_2.jsonl")), "later\n");
  runtime.advance(HOUR_MS);
  await untilNames(records, ["20260101_00.jsonl.gz", "20260101_00_2.jsonl.gz", "20260101_01.jsonl.gz"]);
  await sink.close();
});

Deno.test("a clock that jumps back and forth adds to hours and never overwrites one", async () => {
  await using data = await temporaryFolder();
  const sink = await setup(data.path).open();
  for (const jump of [0, HOUR_MS, -HOUR_MS, 0, HOUR_MS]) {
    await sink.append([lineOf(`${jump}`, "record", START_MS + jump)]);
  }
  await sink.close();
  const read = (name: string) => Deno.readTextFile(join(data.path, "records", name));
  assert.equal(await read("20260101_00.jsonl"), "0\n0\n");
  assert.equal(await read("20260101_01.jsonl"), `${HOUR_MS}\n${HOUR_MS}\n`);
  assert.equal(await read("20251231_23.jsonl"), `-${HOUR_MS}\n`);
});
