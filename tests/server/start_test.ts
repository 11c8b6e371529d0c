import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ConfigError } from "../../src/config/problem.ts";
import { systemRuntime } from "../../src/core/time/system_runtime.ts";
import { DataDirError, openDataDir } from "../../src/server/data_dir.ts";
import { ListenError } from "../../src/server/listener/listen.ts";
import { type RunningServer, type StartOptions, startServer } from "../../src/server/start.ts";
import { askChat } from "../support/ask_chat.ts";
import { fakeUpstream } from "../support/fake_upstream.ts";
import { answer, CHAT_ANSWER, chatEvent, eventStream } from "../support/fake_upstream_script.ts";
import { at, readRecords } from "../support/start_gateway.ts";
import { until } from "../support/until.ts";

const SIMULATED =
  '{ "pools": [{ "provider": "simulated", "upstreams": ["simulated://a"], "models": ["m"] }] }';

/** Starts a gateway in `folder`; `logged` gets its lines. */
function start(
  folder: string,
  wishes: Partial<StartOptions> = {},
  logged: string[] = [],
): Promise<RunningServer> {
  return startServer({
    config: { text: SIMULATED, name: "test" },
    listen: { host: "127.0.0.1", port: 0 },
    dataDir: join(folder, "data"),
    env: () => undefined,
    runtime: systemRuntime(),
    logs: {
      target: {
        write: (bytes) =>
          Promise.resolve(logged.push(new TextDecoder().decode(bytes))).then(() => bytes.length),
      },
      isTerminal: false,
    },
    ...wishes,
  });
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Fails when anything still holds the data directory. */
async function assertReleased(folder: string): Promise<void> {
  (await openDataDir(join(folder, "data"), systemRuntime()))[Symbol.dispose]();
}

// The leak checks of the test run see every file, socket and timer that a failed start would leave behind.
Deno.test("a start that fails at its last step lets everything go again", async () => {
  await inFolder(async (folder) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    // The address of a listening TCP server is never a pipe's name or null.
    const { port } = other.address() as AddressInfo;
    const logs = JSON.stringify({ logs: { files: [{ name: "all" }] }, pools: [] });
    for (const text of [SIMULATED, logs]) {
      const config = { text, name: "test" };
      await assert.rejects(start(folder, { config, listen: { host: "127.0.0.1", port } }), ListenError);
      await assertReleased(folder);
    }
    await new Promise((resolve) => other.close(resolve));
    await (await start(folder)).close(0);
  });
});

Deno.test("a start that fails in the middle lets go what came before", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(start(folder, { config: { text: "{", name: "test" } }), ConfigError);
    await assert.rejects(Deno.stat(join(folder, "data")), Deno.errors.NotFound);
    await Deno.mkdir(join(folder, "data"));
    await Deno.writeTextFile(join(folder, "data", "records"), "in the way");
    await assert.rejects(
      start(folder),
      (error) => error instanceof DataDirError && /records/.test(error.message),
    );
    await assertReleased(folder);
    await Deno.writeTextFile(join(folder, "data", "logs"), "in the way");
    const config = { text: JSON.stringify({ logs: { files: [{ name: "all" }] }, pools: [] }), name: "test" };
    await assert.rejects(
      start(folder, { config }),
      (error) => error instanceof DataDirError && /log/.test(error.message),
    );
    await assertReleased(folder);
  });
});

Deno.test("what is said before a config is in force is said, and does not end the start", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "data"));
    await Deno.writeTextFile(join(folder, "data", "tidegate.kv"), "no database ".repeat(1000));
    const logged: string[] = [];
    const server = await start(folder, {}, logged);
    await server.close(0);
    assert.match(logged.join(""), /renamed to .*tidegate\.kv/);
    assert.equal(server.storeKind, "deno_kv");
  });
});

Deno.test("closing twice, and at once, are harmless", async () => {
  await inFolder(async (folder) => {
    const server = await start(folder);
    await Promise.all([server.close(1000), server.close(1000)]);
    await assertReleased(folder);
  });
});

Deno.test("reloading without a file puts the same text in force again", async () => {
  await inFolder(async (folder) => {
    const server = await start(folder);
    await server.reload();
    assert.equal(server.gateway.generation.number, 2);
    await server.close(0);
  });
});

// The leak checks see the timers that a late turn would arm on what is already closed.
Deno.test("reloads that are under way when the gateway closes are over before what they change is", async () => {
  await inFolder(async (folder) => {
    // So many that a turn takes longer than closing does.
    const keys = Array.from({ length: 5_000 }, (_, at) => `sk-key-of-many-${at}`);
    const pool = {
      ...{ provider: "openai_compatible", upstreams: ["http://127.0.0.1:9/v1"], keys, models: ["m"] },
      probe: { mode: "active", every: "60s" },
    };
    const config = { text: JSON.stringify({ pools: [pool] }), name: "test" };
    const server = await start(folder, { config });
    const reloads = [server.reload(), server.reload()];
    await server.close(0);
    const { number } = server.gateway.generation;
    await Promise.all(reloads);
    assert.equal(server.gateway.generation.number, number, "none came later");
    await assertReleased(folder);
  });
});

Deno.test("a key that a reload takes away is kept out of records and logs while requests use it, however many follow", async () => {
  await inFolder(async (folder) => {
    const hold = Promise.withResolvers<void>();
    const key = "the-key-that-is-taken-away";
    const quoting = answer(CHAT_ANSWER.replace("Hello", `Hello ${key}`));
    await using upstream = await fakeUpstream({
      steps: [{ do: "wait", until: hold.promise }, ...quoting.steps],
    });
    const file = join(folder, "config.jsonc");
    const config = (keys: string[]) =>
      JSON.stringify({
        pools: [{ provider: "openai_compatible", upstreams: [upstream.url], keys, models: ["m"] }],
      });
    await Deno.writeTextFile(file, config([key]));
    const logged: string[] = [];
    const server = await start(folder, { config: { file } }, logged);
    const asked = askChat({
      url: `http://127.0.0.1:${server.address.port}`,
      key: server.dataDir.tenantKey.reveal(),
      model: "m",
      stream: false,
    });
    await until(() => upstream.deliveries.length === 1, "the request is under way");
    for (let at = 0; at < 5; at++) {
      await Deno.writeTextFile(file, config([`the-key-that-comes-instead-${at}`]));
      await server.reload();
    }
    hold.resolve();
    assert.ok((await asked).text.includes(key), "it is the upstream's own word");
    await server.close(1000);
    const records = JSON.stringify(await readRecords(join(folder, "data")));
    assert.ok(records.includes("Hello [redacted]"), records);
    assert.ok(!records.includes(key) && !logged.join("").includes(key));
  });
});

Deno.test("at the end of the grace a stream is told so inside it, and recorded as cut short", async () => {
  await inFolder(async (folder) => {
    await using upstream = await fakeUpstream(
      eventStream([chatEvent({ content: "Hello" })], [{ do: "stall" }]),
    );
    const text = JSON.stringify({
      pools: [{ provider: "openai_compatible", upstreams: [upstream.url], models: ["m"] }],
    });
    const server = await start(folder, { config: { text, name: "test" } });
    const answer = askChat({
      url: `http://127.0.0.1:${server.address.port}`,
      key: server.dataDir.tenantKey.reveal(),
      model: "m",
      stream: true,
    });
    await until(() => upstream.deliveries.length === 1, "the stream is under way");
    await server.close(100);
    const { text: told } = await answer;
    assert.match(told, /Hello[^]*data: \{"error":\{[^\n]*"code":"shutting_down"[^\n]*\}\n\n\[/);
    const [record] = await readRecords(join(folder, "data"));
    assert.deepEqual([at(record, "outcome"), at(record, "error")], ["truncated", "shutting_down"]);
  });
});
