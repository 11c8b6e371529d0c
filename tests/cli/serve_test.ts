import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { serve } from "../../src/cli/serve.ts";

/** Runs `serve` where it is not to start; tells its exit code and talk. */
async function refused(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string; talk: string }> {
  const said = { out: "", talk: "" };
  const code = await serve(args, {
    stdout: (text) => void (said.out += text),
    stderr: (text) => void (said.talk += text),
    isTerminal: false,
    env: (name) => env[name],
  });
  return { code, ...said };
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs `use` with a port that somebody else listens on. */
async function withTakenPort(host: string, use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  try {
    // The address of a listening TCP server is never a pipe's name or null.
    await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

Deno.test("--help tells the usage and starts nothing", async () => {
  const { code, out, talk } = await refused(["--help"]);
  assert.equal(code, 0);
  assert.match(out, /^Usage:\n {2}tidegate serve .*TIDEGATE_CONFIG.*TIDEGATE_LISTEN.*TIDEGATE_DATA_DIR/s);
  assert.equal(talk, "");
});

Deno.test("arguments and variables that mean nothing are exit code 2 with the usage", async () => {
  const cases: readonly (readonly [readonly string[], Record<string, string>, RegExp])[] = [
    [["--frobnicate"], {}, /frobnicate/],
    [["extra"], {}, /extra/],
    [["--listen", "4283"], {}, /HOST:PORT/],
    [[], { TIDEGATE_LISTEN: "nowhere" }, /HOST:PORT/],
    [[], { PORT: "http" }, /PORT/],
  ];
  for (const [args, env, text] of cases) {
    const { code, talk } = await refused(args, env);
    assert.equal(code, 2, talk);
    assert.match(talk, text);
    assert.match(talk, /Usage:/);
  }
});

Deno.test("a config that is named and missing is exit code 78, by flag and by variable, never the demo", async () => {
  await inFolder(async (folder) => {
    const config = join(folder, "nope.jsonc");
    const dataDir = join(folder, "data");
    for (
      const { code, talk } of [
        await refused(["--config", config, "--data-dir", dataDir]),
        await refused([], { TIDEGATE_CONFIG: config, TIDEGATE_DATA_DIR: dataDir }),
      ]
    ) {
      assert.equal(code, 78);
      assert.match(talk, /^tidegate: [^\n]*nope\.jsonc does not exist[^\n]*\n$/);
    }
    await assert.rejects(Deno.stat(dataDir), Deno.errors.NotFound);
  });
});

Deno.test("a broken config is exit code 78 with every place, and nothing is made", async () => {
  await inFolder(async (folder) => {
    const config = join(folder, "config.jsonc");
    await Deno.writeTextFile(config, '{\n  "pools": [{ "provder": "openai" }],\n  "listen": "x"\n}\n');
    const dataDir = join(folder, "data");
    const { code, talk } = await refused(["--config", config, "--data-dir", dataDir]);
    assert.equal(code, 78);
    assert.match(talk, /config\.jsonc:2:15 .*provder.*"provider"/);
    assert.match(talk, /config\.jsonc:3:13 .*listen/);
    await assert.rejects(Deno.stat(dataDir), Deno.errors.NotFound);
  });
});

Deno.test("one key for two tenants is exit code 78, tells no key and holds nothing", async () => {
  await inFolder(async (folder) => {
    const config = join(folder, "config.jsonc");
    const dataDir = join(folder, "data");
    const tenant = (name: string) => ({ name, keys: ["the-same-key-of-two"] });
    await Deno.writeTextFile(config, JSON.stringify({ tenants: [tenant("a"), tenant("b")], pools: [] }));
    for (let time = 0; time < 2; time++) {
      const { code, talk } = await refused(["--config", config, "--data-dir", dataDir]);
      assert.equal(code, 78, talk);
      assert.ok(!talk.includes("the-same-key"), "no key is shown");
    }
  });
});

Deno.test("a taken port is exit code 1 in one line, and everything opened before is let go", async () => {
  await inFolder(async (folder) => {
    const dataDir = join(folder, "data");
    await withTakenPort("127.0.0.1", async (port) => {
      for (let time = 0; time < 2; time++) {
        const { code, out, talk } = await refused([
          ...["--listen", `127.0.0.1:${port}`],
          ...["--data-dir", dataDir],
        ]);
        assert.equal(code, 1, talk);
        assert.match(
          talk,
          /^tidegate: Cannot listen on 127\.0\.0\.1:\d+: the port is taken[^\n]*--listen[^\n]*\n$/,
        );
        assert.equal(out, "");
      }
    });
  });
});

Deno.test("PORT changes the port of the config's address and leaves its host", async () => {
  await inFolder(async (folder) => {
    const config = join(folder, "config.jsonc");
    await Deno.writeTextFile(config, JSON.stringify({ listen: "0.0.0.0:1", pools: [] }));
    await withTakenPort("0.0.0.0", async (port) => {
      const env = { PORT: String(port), TIDEGATE_DATA_DIR: join(folder, "data") };
      const { code, talk } = await refused(["--config", config], env);
      assert.equal(code, 1);
      assert.match(talk, new RegExp(`Cannot listen on 0\\.0\\.0\\.0:${port}: the port is taken`));
    });
  });
});

Deno.test("a data directory that cannot be used is exit code 1 in one line that names it and the way out", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    await Deno.mkdir(join(folder, "data"));
    await Deno.writeTextFile(join(folder, "data", "records"), "in the way");
    for (const dataDir of [join(folder, "file"), join(folder, "file", "below"), join(folder, "data")]) {
      const { code, talk } = await refused(["--listen", "127.0.0.1:0", "--data-dir", dataDir]);
      assert.equal(code, 1, talk);
      const line = talk.split("\n").find((text) => text.startsWith("tidegate: ")) ?? "";
      assert.ok(line.includes(dataDir) && line.includes("--data-dir"), talk);
    }
  });
});
