import assert from "node:assert/strict";
import { join } from "node:path";
import { type LogLine, makeLog } from "../../../src/core/log.ts";
import { type Disk, systemDisk } from "../../../src/recording/files/disk.ts";
import { HourWriter } from "../../../src/recording/files/hour_writer.ts";
import { AppendError, type SinkLine } from "../../../src/recording/sinks/sink.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { until } from "../../support/until.ts";
import { START_MS } from "../draft_of.ts";
import { brokenDisk } from "./broken_disk.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const HOUR_MS = 3_600_000;

function lineOf(text: string, endedMs = START_MS): SinkLine {
  return { kind: "record", bytes: new TextEncoder().encode(`${text}\n`), endedMs };
}

function writerIn(folder: string, disk: Disk = systemDisk) {
  const lines: LogLine[] = [];
  const runtime = fakeRuntime();
  const log = makeLog(runtime.now, (line) => lines.push(line));
  return { writer: new HourWriter({ folder, disk, runtime, log }), runtime, lines };
}

Deno.test("a line goes to the hour its request ended in, also when it comes late", async () => {
  await using folder = await temporaryFolder();
  const { writer } = writerIn(folder.path);
  await writer.append([lineOf("a"), lineOf("b", START_MS + HOUR_MS), lineOf("c", START_MS + HOUR_MS - 1)]);
  await writer.append([lineOf("d", START_MS + HOUR_MS)]);
  await writer.close();
  assert.equal(await Deno.readTextFile(join(folder.path, "20260101_00.jsonl")), "a\nc\n");
  assert.equal(await Deno.readTextFile(join(folder.path, "20260101_01.jsonl")), "b\nd\n");
});

Deno.test("the folder is 0700 and files are 0600", async () => {
  await using parent = await temporaryFolder();
  const folder = join(parent.path, "records");
  const { writer } = writerIn(folder);
  await writer.append([lineOf("a")]);
  await writer.close();
  assert.equal(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
  assert.equal(((await Deno.stat(join(folder, "20260101_00.jsonl"))).mode ?? 0) & 0o777, 0o600);
});

Deno.test("an existing hour is added to, never overwritten, and its torn end is cut off first", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "20260101_00.jsonl");
  await Deno.writeTextFile(path, `old\n{"half`);
  const { writer, lines } = writerIn(folder.path);
  await writer.append([lineOf("new")]);
  await writer.close();
  assert.equal(await Deno.readTextFile(path), "old\nnew\n");
  assert.equal(await Deno.readTextFile(`${path}.torn`), `{"half`);
  assert.deepEqual(lines.map((line) => line.fields), [{ path, cutBytes: 6, kept: true }]);
});

Deno.test("a symbolic link in a file's place is refused and what it points to stays untouched", async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, "precious");
  await Deno.writeTextFile(target, "keep");
  await Deno.symlink(target, join(folder.path, "20260101_00.jsonl"));
  const { writer } = writerIn(folder.path);
  await assert.rejects(writer.append([lineOf("a")]), (error) => {
    assert.ok(error instanceof AppendError && error.cause instanceof Error);
    assert.match(error.cause.message, /symbolic link/);
    return error.unwritten.length === 1;
  });
  assert.equal(await Deno.readTextFile(target), "keep");
  await writer.close();
});

Deno.test("a file that someone moves, deletes or empties away is begun anew", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "20260101_00.jsonl");
  const { writer, lines } = writerIn(folder.path);
  await writer.append([lineOf("a")]);
  await Deno.rename(path, join(folder.path, "moved"));
  await writer.append([lineOf("b")]);
  assert.equal(await Deno.readTextFile(path), "b\n");
  await Deno.remove(path);
  await writer.append([lineOf("c")]);
  await Deno.truncate(path);
  await writer.append([lineOf("d")]);
  await writer.close();
  assert.equal(await Deno.readTextFile(path), "d\n");
  assert.equal(await Deno.readTextFile(join(folder.path, "moved")), "a\n");
  assert.equal(lines.length, 2);
});

Deno.test("a folder that someone deletes is made anew", async () => {
  await using parent = await temporaryFolder();
  const folder = join(parent.path, "records");
  const { writer } = writerIn(folder);
  await writer.append([lineOf("a")]);
  await Deno.remove(folder, { recursive: true });
  await writer.append([lineOf("b")]);
  await writer.close();
  assert.equal(await Deno.readTextFile(join(folder, "20260101_00.jsonl")), "b\n");
});

Deno.test("an hour that is compressed or being so is never added to: it goes on in a next part", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "20260101_00.jsonl.gz"), "");
  await Deno.writeTextFile(join(folder.path, "20260101_00_2.jsonl.gz.tmp"), "");
  const { writer } = writerIn(folder.path);
  await writer.append([lineOf("a")]);
  await writer.close();
  assert.equal(await Deno.readTextFile(join(folder.path, "20260101_00_3.jsonl")), "a\n");
});

Deno.test("a disk that fills up at any write call and any byte leaves whole lines, and loses and doubles none", async () => {
  const texts = ["first", "the second one", "3"];
  for (const truncateFails of [false, true]) {
    for (let call = 1; call <= 4; call++) {
      for (let takes = 0; takes <= 30; takes++) {
        await using folder = await temporaryFolder();
        const disk = brokenDisk({ call, takes, truncateFails });
        const { writer } = writerIn(folder.path, disk);
        const path = join(folder.path, "20260101_00.jsonl");
        for (let round = 0; round < 3; round++) {
          const lines = texts.map((text) => lineOf(`${round} ${text}`));
          try {
            await writer.append(lines);
          } catch (error) {
            assert.ok(error instanceof AppendError);
            const whole = await Deno.readTextFile(path);
            if (!truncateFails) assert.ok(whole === "" || whole.endsWith("\n"), JSON.stringify(whole));
            disk.heal();
            await writer.append(error.unwritten);
          }
        }
        await writer.close();
        const expected = [0, 1, 2].flatMap((round) => texts.map((text) => `${round} ${text}\n`)).join("");
        assert.equal(await Deno.readTextFile(path), expected, `call ${call}, takes ${takes}`);
      }
    }
  }
});

Deno.test("when one of two hours fails, only the lines not written are told, and can be brought again", async () => {
  await using folder = await temporaryFolder();
  const disk = brokenDisk({ call: 2, takes: 1 });
  const { writer } = writerIn(folder.path, disk);
  const late = lineOf("b", START_MS + HOUR_MS);
  const error = await writer.append([lineOf("a"), late, lineOf("c")]).then(() => undefined, (error) => error);
  assert.ok(error instanceof AppendError);
  assert.deepEqual(error.unwritten, [late]);
  assert.equal(await Deno.readTextFile(join(folder.path, "20260101_01.jsonl")), "");
  disk.heal();
  await writer.append(error.unwritten);
  await writer.close();
  assert.equal(await Deno.readTextFile(join(folder.path, "20260101_00.jsonl")), "a\nc\n");
  assert.equal(await Deno.readTextFile(join(folder.path, "20260101_01.jsonl")), "b\n");
});

Deno.test("written lines are brought to the disk itself within a second, and a failing disk is said once", async () => {
  await using folder = await temporaryFolder();
  let syncs = 0;
  const { writer, runtime, lines } = writerIn(folder.path, {
    ...systemDisk,
    async openAppend(path) {
      const file = await systemDisk.openAppend(path);
      return {
        ...file,
        sync: () => (syncs++, syncs < 3 ? Promise.reject(new Error("EIO")) : file.sync()),
      };
    },
  });
  for (let round = 1; round <= 4; round++) {
    await writer.append([lineOf("a")]);
    await until(() => (runtime.advance(1000), syncs === round), `sync ${round} has begun`);
  }
  assert.equal(lines.length, 1);
  await writer.close();
});

Deno.test("a disk that takes its time to confirm keeps no line waiting, and is asked again only when it has", async () => {
  await using folder = await temporaryFolder();
  const confirm = Promise.withResolvers<void>();
  let syncs = 0;
  const { writer, runtime } = writerIn(folder.path, {
    ...systemDisk,
    async openAppend(path) {
      const file = await systemDisk.openAppend(path);
      return { ...file, sync: () => (syncs++, confirm.promise) };
    },
  });
  for (const text of ["a", "b", "c"]) {
    await writer.append([lineOf(text)]);
    runtime.advance(1000);
  }
  assert.equal(await Deno.readTextFile(join(folder.path, "20260101_00.jsonl")), "a\nb\nc\n");
  assert.equal(syncs, 1);
  confirm.resolve();
  await until(
    () => (runtime.advance(1000), syncs === 2),
    "the lines written meanwhile are brought to the disk too",
  );
  await writer.close();
  assert.equal(syncs, 3);
});
