import assert from "node:assert/strict";
import { join } from "node:path";
import { systemRuntime } from "../../../../src/core/time/system_runtime.ts";
import { MasterKeyError, openMasterKeys } from "../../../../src/operations/keys/master/master_key_file.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const open = (dataDir: string, env: Readonly<Record<string, string>> = {}) =>
  openMasterKeys({ dataDir, env: (name) => env[name], runtime: systemRuntime() });

const SECRET = "sk-an-upstream-key-0001";
const LONG = "a-master-key-of-more-than-32-characters";

Deno.test("a master key is made once, for its owner alone, and opens what it sealed after a restart", async () => {
  await inFolder(async (folder) => {
    const first = await open(folder);
    assert.deepEqual([first.isNew, first.path], [true, join(folder, "master.key")]);
    if (Deno.build.os !== "windows") {
      assert.equal((await Deno.stat(join(folder, "master.key"))).mode! & 0o777, 0o600);
    }
    const sealed = await first.ring.seal(SECRET, "p\0id");
    assert.match(sealed, /^v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+$/);
    assert.notEqual(sealed, await first.ring.seal(SECRET, "p\0id"), "each with a nonce of its own");
    const second = await open(folder);
    assert.equal(second.isNew, false);
    assert.equal(await second.ring.open(sealed, "p\0id"), SECRET);
    assert.equal(await second.ring.open(sealed, "p\0other"), undefined, "for another key");
    assert.equal(await second.ring.open(sealed, "q\0id"), undefined, "for another pool");
    assert.equal(await second.ring.open(`${sealed.slice(0, -2)}AA`, "p\0id"), undefined, "damaged");
    assert.equal(await second.ring.open(sealed.replace("v1.", "v2."), "p\0id"), undefined, "of another form");
  });
});

Deno.test("the environment gives it, as text or as a file, and no file is made", async () => {
  await inFolder(async (folder) => {
    const ofText = await open(folder, { TIDEGATE_MASTER_KEY: LONG });
    assert.equal(ofText.path, undefined);
    const file = join(folder, "elsewhere");
    await Deno.writeTextFile(file, `${LONG}\n`);
    const ofFile = await open(folder, { TIDEGATE_MASTER_KEY: `file:${file}` });
    assert.equal(await ofFile.ring.open(await ofText.ring.seal(SECRET, "o"), "o"), SECRET);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["elsewhere"]);
  });
});

Deno.test("one that is too short, or a file that is not there, is told in one line without the key", async () => {
  await inFolder(async (folder) => {
    for (const given of ["a-short-one", `file:${folder}/none`]) {
      await assert.rejects(
        open(folder, { TIDEGATE_MASTER_KEY: given }),
        (error) => error instanceof MasterKeyError && !error.message.includes("a-short-one"),
      );
    }
  });
});

Deno.test("while it is changed both keys open, whenever the process ends; afterwards the new one alone", async () => {
  await inFolder(async (folder) => {
    const keys = await open(folder);
    const old = await keys.ring.seal(SECRET, "o");
    await keys.beginChange();
    const now = await keys.ring.seal(SECRET, "o");
    assert.deepEqual([keys.ring.isCurrent(old), keys.ring.isCurrent(now)], [false, true]);
    const afterCrash = await open(folder);
    assert.equal(afterCrash.isChanging, true);
    for (const sealed of [old, now]) assert.equal(await afterCrash.ring.open(sealed, "o"), SECRET);
    assert.equal(afterCrash.ring.isCurrent(now), true);
    await afterCrash.endChange();
    const later = await open(folder);
    assert.deepEqual([later.isChanging, await later.ring.open(now, "o")], [false, SECRET]);
    assert.equal(await later.ring.open(old, "o"), undefined);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["master.key"]);
  });
});

Deno.test("one that stands in the environment is changed there: the one before it still opens", async () => {
  await inFolder(async (folder) => {
    const before = await open(folder, { TIDEGATE_MASTER_KEY: LONG });
    const sealed = await before.ring.seal(SECRET, "o");
    await assert.rejects(before.beginChange(), /TIDEGATE_MASTER_KEY_BEFORE/);
    const after = await open(folder, {
      TIDEGATE_MASTER_KEY: `${LONG}-new`,
      TIDEGATE_MASTER_KEY_BEFORE: LONG,
    });
    assert.equal(after.isChanging, true);
    assert.equal(await after.ring.open(sealed, "o"), SECRET);
  });
});

Deno.test("a file that takes the place of another master key is a change until its end, and can be changed itself meanwhile", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "new");
    await Deno.writeTextFile(file, `${LONG}-new\n`);
    const env = { TIDEGATE_MASTER_KEY: `file:${file}`, TIDEGATE_MASTER_KEY_BEFORE: LONG };
    const ended = await open(folder, env);
    assert.equal(ended.isChanging, true);
    await ended.endChange();
    assert.deepEqual([ended.isChanging, ended.secrets()], [false, [`${LONG}-new`]]);
    assert.equal(await Deno.readTextFile(file), `${LONG}-new\n`, "the file stays");

    const sealed = await (await open(folder, { TIDEGATE_MASTER_KEY: LONG })).ring.seal(SECRET, "o");
    const going = await open(folder, env);
    await going.beginChange();
    assert.equal(going.secrets().length, 3, "a key of its own, beside both");
    assert.equal(await going.ring.open(sealed, "o"), SECRET);
    await going.endChange();
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["new"]);
    assert.deepEqual([`${await Deno.readTextFile(file)}`.trim()], going.secrets());
  });
});

Deno.test("a next master key that was cut short is told and left, as nothing was sealed under it yet", async () => {
  await inFolder(async (folder) => {
    const sealed = await (await open(folder)).ring.seal(SECRET, "o");
    const next = join(folder, "master.key.next");
    await Deno.writeTextFile(next, "cut-short");
    const opened = await open(folder);
    assert.deepEqual([opened.isCutShort, opened.isChanging], [true, false]);
    assert.equal(await opened.ring.open(sealed, "o"), SECRET);
    await opened.beginChange();
    assert.equal((await Deno.readTextFile(next)).trim().length, 43, "a change begins anew");
    await Deno.writeTextFile(next, "cut-short");
    await Deno.remove(join(folder, "master.key"));
    await assert.rejects(open(folder), MasterKeyError, "with no whole key beside it");
  });
});
