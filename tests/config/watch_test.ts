import assert from "node:assert/strict";
import * as nodePath from "node:path";
import type { Runtime } from "../../src/core/runtime.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";
import { giveWay, systemRuntime } from "../../src/core/time/system_runtime.ts";
import { Slice } from "../../src/recording/slice.ts";
import { loadConfigFile } from "../../src/config/files.ts";
import { type ConfigWatch, watchConfig } from "../../src/config/watch.ts";

const runtime = systemRuntime();

/** How long a change may take to be seen; the poll alone needs 2.2 s. */
const SEEN_WITHIN_MS = 8000;

/** Resolves when `condition` holds; fails past {@link SEEN_WITHIN_MS}. */
async function until(what: string, condition: () => boolean): Promise<void> {
  const endMs = runtime.monotonic() + SEEN_WITHIN_MS;
  while (!condition()) {
    assert.ok(runtime.monotonic() < endMs, `not seen in time: ${what}`);
    await new Promise<void>((resolve) => runtime.after(20, resolve));
  }
}

interface Scene {
  readonly directory: string;
  readonly file: string;
  readonly watch: ConfigWatch;
  /** Texts that the watch handed on. */
  readonly texts: string[];
  readonly lost: string[];
  /** How often the watch has asked for the files of the config in force. */
  readonly asked: () => number;
}

interface Layout {
  /** Lays the config out in its own way and returns its path. */
  readonly prepare?: (directory: string) => string;
  /** Runs after the config was read and before it is watched. */
  readonly between?: (file: string) => void;
  readonly runtime?: Runtime;
}

/** A watched config in a fresh directory. `body` runs once the watch has had its first look, unless it turns the clock. */
async function watched(layout: Layout, body: (scene: Scene) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "tidegate-watch-" });
  const file = (layout.prepare ?? plainFile)(directory);
  let files = loadConfigFile(file, () => undefined).files;
  layout.between?.(file);
  const texts: string[] = [];
  const lost: string[] = [];
  let asked = 0;
  const watch = watchConfig({
    path: file,
    files: () => {
      asked++;
      return files;
    },
    runtime: layout.runtime ?? systemRuntime(),
    rests: () => new Slice(systemRuntime(), giveWay),
    changed: ({ text }) => {
      texts.push(text);
      try {
        files = loadConfigFile(file, () => undefined).files;
      } catch {
        // As the gateway does: a config that cannot be used changes nothing.
      }
    },
    lost: (reason) => lost.push(reason),
    pollingOnly: (reason) => assert.fail(`no events: ${reason}`),
  });
  const askedAtStart = asked;
  try {
    if (layout.runtime === undefined && layout.between === undefined) {
      await until("the first look", () => asked > askedAtStart);
      // A check waits for the look under way: from here on, only what the test does can be seen.
      await watch.check();
      texts.length = 0;
    }
    await body({ directory, file, watch, texts, lost, asked: () => asked });
  } finally {
    await watch.close();
    await Deno.remove(directory, { recursive: true });
  }
}

/** A config with a member that tells versions apart. */
const version = (number: number) => `{ "x-version": ${number} }`;

function plainFile(directory: string): string {
  const file = nodePath.join(directory, "config.jsonc");
  Deno.writeTextFileSync(file, version(0));
  return file;
}

Deno.test("watch: a file written in place is handed on once", async () => {
  await watched({}, async ({ file, texts }) => {
    Deno.writeTextFileSync(file, version(1));
    await until("version 1", () => texts.includes(version(1)));
    Deno.writeTextFileSync(file, version(2));
    await until("version 2", () => texts.includes(version(2)));
    assert.deepEqual(texts, [version(1), version(2)]);
  });
});

Deno.test("watch: files renamed over the config are seen, again and again", async () => {
  await watched({}, async ({ directory, file, texts }) => {
    for (const number of [1, 2, 3]) {
      const draft = nodePath.join(directory, ".config.swp");
      Deno.writeTextFileSync(draft, version(number));
      Deno.renameSync(draft, file);
      await until(`version ${number}`, () => texts.includes(version(number)));
    }
    assert.deepEqual(texts, [1, 2, 3].map(version));
  });
});

Deno.test("watch: a Kubernetes swap of ..data is seen though the config itself is never touched", async () => {
  const release = (directory: string, number: number) => {
    Deno.mkdirSync(nodePath.join(directory, `..${number}`));
    Deno.writeTextFileSync(nodePath.join(directory, `..${number}`, "config.jsonc"), version(number));
    Deno.symlinkSync(`..${number}`, nodePath.join(directory, "..data_tmp"));
    Deno.renameSync(nodePath.join(directory, "..data_tmp"), nodePath.join(directory, "..data"));
  };
  const prepare = (directory: string) => {
    release(directory, 0);
    Deno.symlinkSync("..data/config.jsonc", nodePath.join(directory, "config.jsonc"));
    return nodePath.join(directory, "config.jsonc");
  };
  await watched({ prepare }, async ({ directory, texts }) => {
    release(directory, 1);
    await until("version 1", () => texts.includes(version(1)));
    Deno.removeSync(nodePath.join(directory, "..0"), { recursive: true });
    release(directory, 2);
    await until("version 2", () => texts.includes(version(2)));
    assert.deepEqual(texts, [version(1), version(2)]);
  });
});

Deno.test("watch: a config linked from another directory is seen by polling", async () => {
  const elsewhere = await Deno.makeTempDir({ prefix: "tidegate-elsewhere-" });
  const target = nodePath.join(elsewhere, "real.jsonc");
  try {
    const prepare = (directory: string) => {
      Deno.writeTextFileSync(target, version(0));
      const file = nodePath.join(directory, "config.jsonc");
      Deno.symlinkSync(target, file);
      return file;
    };
    await watched({ prepare }, async ({ texts }) => {
      Deno.writeTextFileSync(target, version(1));
      await until("version 1", () => texts.includes(version(1)));
    });
  } finally {
    await Deno.remove(elsewhere, { recursive: true });
  }
});

Deno.test("watch: a deleted config is told once, and taken when it is back, even unchanged", async () => {
  await watched({}, async ({ file, texts, lost }) => {
    Deno.removeSync(file);
    await until("the loss", () => lost.length > 0);
    assert.deepEqual(lost, ["does not exist"]);
    assert.deepEqual(texts, []);
    Deno.writeTextFileSync(file, version(0));
    await until("the return", () => texts.length > 0);
    assert.deepEqual([texts, lost.length], [[version(0)], 1]);
  });
});

Deno.test("watch: a half-written config is waited for, a broken one is handed on in the end", async () => {
  // The clock is turned by hand, and never so far that the poll would count: what is asked is asked by looks.
  const clock = fakeRuntime();
  const turning = (condition: () => boolean) => () => {
    if (condition()) return true;
    clock.advance(25);
    return false;
  };
  await watched({ runtime: clock }, async ({ file, texts, asked }) => {
    const start = asked();
    await until("the first look", turning(() => asked() > start));
    const whole = `{ "x-version": 1, "pools": [] }`;
    const settled = asked();
    Deno.writeTextFileSync(file, whole.slice(0, 20));
    await until("a look at the half", turning(() => asked() > settled));
    Deno.writeTextFileSync(file, whole);
    await until("the whole", turning(() => texts.length > 0));
    assert.deepEqual(texts, [whole]);
    Deno.writeTextFileSync(file, "{ broken");
    await until("the broken one", turning(() => texts.length > 1));
    assert.deepEqual(texts, [whole, "{ broken"]);
  });
});

Deno.test("watch: a burst of saves becomes few calls, and the last save wins", async () => {
  await watched({}, async ({ file, texts }) => {
    for (let number = 1; number <= 100; number++) {
      Deno.writeTextFileSync(file, version(number));
      await new Promise<void>((resolve) => runtime.after(0, resolve));
    }
    await until("version 100", () => texts.includes(version(100)));
    assert.equal(texts.at(-1), version(100));
    assert.ok(texts.length <= 10, `${texts.length} calls`);
  });
});

Deno.test("watch: the same content saved again is not handed on", async () => {
  await watched({}, async ({ file, texts }) => {
    Deno.writeTextFileSync(file, version(0));
    Deno.utimeSync(file, 1, 1);
    Deno.writeTextFileSync(file, version(1));
    await until("version 1", () => texts.includes(version(1)));
    assert.deepEqual(texts, [version(1)]);
  });
});

Deno.test("watch: key files and .env count, those that are yet to come too", async () => {
  const prepare = (directory: string) => {
    Deno.mkdirSync(nodePath.join(directory, "keys"));
    Deno.writeTextFileSync(nodePath.join(directory, "keys", "k"), "sk-1\n");
    const file = nodePath.join(directory, "config.jsonc");
    const keys = ["file:keys/k", "file:late"];
    Deno.writeTextFileSync(file, JSON.stringify({ pools: [{ provider: "openai", keys }] }));
    return file;
  };
  await watched({ prepare }, async ({ directory, texts, file }) => {
    const steps: (() => void)[] = [
      () => Deno.writeTextFileSync(nodePath.join(directory, "keys", "k"), "sk-2\n"),
      () => Deno.writeTextFileSync(nodePath.join(directory, "late"), "sk-3\n"),
      () => Deno.writeTextFileSync(nodePath.join(directory, ".env"), "A=1\n"),
      () => Deno.removeSync(nodePath.join(directory, "keys", "k")),
    ];
    const text = Deno.readTextFileSync(file);
    for (const [at, step] of steps.entries()) {
      step();
      await until(`step ${at + 1}`, () => texts.length > at);
    }
    assert.deepEqual(texts, [text, text, text, text]);
  });
});

Deno.test("watch: a check hands the text on at once, changed or not", async () => {
  await watched({}, async ({ texts, watch }) => {
    await watch.check();
    await watch.check();
    assert.deepEqual(texts, [version(0), version(0)]);
  });
});

Deno.test("watch: what changed between the reading and the watching is not lost", async () => {
  const between = (file: string) => Deno.writeTextFileSync(file, version(1));
  await watched({ between }, async ({ texts }) => {
    await until("version 1", () => texts.includes(version(1)));
  });
});

Deno.test("watch: a text that its owner found otherwise, read in the middle of a write, is handed on once more", async () => {
  const directory = await Deno.makeTempDir({ prefix: "tidegate-watch-" });
  const file = plainFile(directory);
  let files = loadConfigFile(file, () => undefined).files;
  const texts: string[] = [];
  const watch = watchConfig({
    path: file,
    files: () => files,
    runtime,
    rests: () => new Slice(systemRuntime(), giveWay),
    changed: ({ text }) => {
      texts.push(text);
      const found = texts.length === 1
        ? "digest of half the text"
        : loadConfigFile(file, () => undefined).files.get(file);
      files = new Map([...files, [file, found ?? ""]]);
    },
    lost: (reason) => assert.fail(reason),
    pollingOnly: (reason) => assert.fail(`no events: ${reason}`),
  });
  try {
    Deno.writeTextFileSync(file, version(1));
    await until("the first reading", () => texts.length === 1);
    Deno.writeTextFileSync(file, version(1));
    await until("the second reading", () => texts.length === 2);
    assert.deepEqual(texts, [version(1), version(1)]);
  } finally {
    await watch.close();
    await Deno.remove(directory, { recursive: true });
  }
});
