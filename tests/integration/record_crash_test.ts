import assert from "node:assert/strict";
import { join } from "node:path";
import { silentLog } from "../../src/core/log.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { systemRuntime } from "../../src/core/time/system_runtime.ts";
import { hourlyFile } from "../../src/recording/sinks/hourly_file.ts";
import { temporaryFolder } from "../recording/files/temporary_folder.ts";

/** Kills in one run; the long campaign is the promise of issue A. */
const ROUNDS = Deno.env.get("TIDEGATE_PROVE") === "1" ? 200 : 8;

const WRITER = new URL("./record_crash_writer.ts", import.meta.url).pathname;

/** Most promised records before a round's kill; the true number is drawn anew each round. */
const MAX_PROMISED = 500;

/** After so many rounds on one data directory a fresh one is taken, so that reading it all stays quick. */
const ROUNDS_A_DIRECTORY = 4;

Deno.test(`${ROUNDS} × kill -9 while recording: no line torn after boot, no record lost that was 250 ms old`, async (t) => {
  for (let done = 0; done < ROUNDS; done += ROUNDS_A_DIRECTORY) {
    await using data = await temporaryFolder();
    const promised = new Set<string>();
    for (let round = done + 1; round <= Math.min(ROUNDS, done + ROUNDS_A_DIRECTORY); round++) {
      const killAfter = 1 + Math.floor(Math.random() * MAX_PROMISED);
      await t.step(`round ${round}: killed after ${killAfter} promised records`, async () => {
        for (const id of await writeAndKill(data.path, killAfter)) promised.add(id);
        await boot(data.path);
        const ids = await recordedIds(data.path);
        const lost = [...promised].filter((id) => !ids.has(id));
        assert.deepEqual(lost, [], `${lost.length} of ${promised.size} promised records are lost`);
      });
    }
  }
});

/** Runs the writer, kills it once it has promised so many records, and gives back all it promised. */
async function writeAndKill(dataDir: string, killAfter: number): Promise<string[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", WRITER, dataDir],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  let text = "";
  let killed = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (killed || text.split("\n").length <= killAfter) continue;
    child.kill("SIGKILL");
    killed = true;
  }
  const status = await child.status;
  assert.equal(status.signal, "SIGKILL", await stderr);
  assert.ok(!(await stderr).includes(`"level":"error"`), await stderr);
  return text.split("\n").slice(0, -1);
}

/** What the next start does with the files. */
async function boot(dataDir: string): Promise<void> {
  const sink = await hourlyFile.open({
    dataDir,
    runtime: systemRuntime(),
    log: silentLog,
    observer: memoryObserver(),
    keepDays: 1,
    maxTotalBytes: 1e12,
    compress: false,
  });
  await sink.close();
}

/** The ids of all lines; fails on one that is not a whole record. */
async function recordedIds(dataDir: string): Promise<Set<string>> {
  const folder = join(dataDir, "records");
  const ids = new Set<string>();
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.name.endsWith(".jsonl")) continue;
    const text = await Deno.readTextFile(join(folder, entry.name));
    assert.ok(text.endsWith("\n"), `${entry.name} ends in half a line`);
    for (const line of text.slice(0, -1).split("\n")) {
      const record = JSON.parse(line);
      assert.ok(!ids.has(record.id), `record ${record.id} is written twice`);
      ids.add(record.id);
    }
  }
  return ids;
}
