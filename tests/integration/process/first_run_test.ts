import assert from "node:assert/strict";
import { join } from "node:path";
import { gatewayProcess, runToEnd } from "../../support/gateway_process.ts";
import { at, readRecords } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

/** An empty folder to run in, gone afterwards. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SERVE = ["serve", "--listen", "127.0.0.1:0"];

async function keyOf(folder: string): Promise<string> {
  return (await Deno.readTextFile(join(folder, "data", "tenant.key"))).trim();
}

/** A streamed answer of a simulated vendor that takes long enough to be interrupted. */
async function slowStream(origin: string, key: string): Promise<ReadableStreamDefaultReader<string>> {
  const answer = await fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "slow", stream: true, messages: [{ role: "user", content: "Hi" }] }),
  });
  assert.equal(answer.status, 200);
  assert.ok(answer.body !== null);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value ?? "", /^data: /);
  return reader;
}

async function rest(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return text;
    text += value;
  }
}

const slowPool = (tokensPerSecond: number) => ({
  pools: [{
    provider: "simulated",
    upstreams: [{ url: `simulated://slow?latency=1ms&tokensPerSecond=${tokensPerSecond}` }],
    models: ["slow"],
  }],
});

Deno.test("in an empty folder it starts, and the printed curl streams an answer when pasted into a shell", async () => {
  await inFolder(async (folder) => {
    await using gateway = gatewayProcess({ args: SERVE, cwd: folder });
    await gateway.listening();
    const key = await keyOf(folder);
    await until(() => gateway.stdout.includes("init --from-env"), "all start lines are there");
    assert.ok(!gateway.stdout.includes(key) && !gateway.stderr.includes(key), "no key without a terminal");
    const curl = /^curl [^]*?[^\\]\n/m.exec(gateway.stdout)?.[0] ?? "";
    // From another working directory, as somebody in another window would.
    const { code, stdout } = await new Deno.Command("bash", {
      args: ["-c", curl],
      cwd: "/",
      stderr: "null",
    }).output();
    assert.equal(code, 0);
    const answer = new TextDecoder().decode(stdout);
    assert.match(answer, /^data: \{/);
    assert.ok(answer.endsWith("data: [DONE]\n\n"), answer);
    gateway.kill("SIGTERM");
    assert.equal(await gateway.ended, 0);
    const [record, ...more] = await readRecords(join(folder, "data"));
    assert.equal(more.length, 0);
    assert.deepEqual(["outcome", "status", "stream"].map((name) => at(record, name)), ["ok", 200, true]);
  });
});

Deno.test("the key is 0600 in a directory of 0700, and the same the next time", async () => {
  await inFolder(async (folder) => {
    const keys: string[] = [];
    for (let time = 0; time < 2; time++) {
      await using gateway = gatewayProcess({ args: SERVE, cwd: folder });
      await gateway.listening();
      keys.push(await keyOf(folder));
      assert.equal((await Deno.stat(join(folder, "data", "tenant.key"))).mode! & 0o777, 0o600);
      assert.equal((await Deno.stat(join(folder, "data"))).mode! & 0o777, 0o700);
      gateway.kill("SIGINT");
      assert.equal(await gateway.ended, 0);
    }
    assert.match(keys[0] ?? "", /^sk-tg-[a-z2-7]{32}$/);
    assert.equal(keys[0], keys[1]);
  });
});

Deno.test("a second process on the same directory is refused with exit code 1, and the first goes on", async () => {
  await inFolder(async (folder) => {
    await using first = gatewayProcess({ args: SERVE, cwd: folder });
    const origin = await first.listening();
    const { code, stderr } = await runToEnd({ args: SERVE, cwd: folder });
    assert.equal(code, 1);
    assert.match(stderr, /^tidegate: Another Tidegate process uses the data directory '[^\n]+\n$/);
    assert.equal((await fetch(`${origin}/readyz`).then((answer) => answer.json())).status, "ready");
  });
});

Deno.test("variables stand for flags, and PORT for the port alone", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "other.jsonc"),
      JSON.stringify({ ...slowPool(5), listen: "127.0.0.1:1" }),
    );
    const env = {
      TIDEGATE_CONFIG: "other.jsonc",
      TIDEGATE_LISTEN: "127.0.0.1:2",
      TIDEGATE_DATA_DIR: "elsewhere",
      PORT: "0",
    };
    await using gateway = gatewayProcess({ args: ["serve"], cwd: folder, env });
    const origin = await gateway.listening();
    const ready = await fetch(`${origin}/readyz`).then((answer) => answer.json());
    assert.deepEqual(ready.pools, ["simulated"]);
    await Deno.stat(join(folder, "elsewhere", "tenant.key"));
    assert.match(gateway.stdout, /^Config {4}other\.jsonc$/m);
  });
});

Deno.test("errors at the start are one line and the exit code of their kind", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "broken.jsonc"), '{\n  "pools": [\n}\n');
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["serve", "--config", "nope.jsonc"], 78, /^tidegate: nope\.jsonc does not exist[^\n]*\n$/],
      [["serve", "--config", "broken.jsonc"], 78, /^broken\.jsonc:3:1 /],
      [["serve", "--listen", "203.0.113.1:0"], 1, /^tidegate: Cannot listen on 203\.0\.113\.1:0: [^\n]*\n$/],
      [["demo", "--config", "x"], 2, /Usage/],
      [["serv"], 2, /^tidegate: there is no command 'serv'/],
    ];
    for (const [args, code, text] of cases) {
      const ended = await runToEnd({ args, cwd: folder });
      assert.equal(ended.code, code, `${args}: ${ended.stderr}`);
      assert.match(ended.stderr, text);
      assert.equal(ended.stdout, "");
    }
  });
});

Deno.test("demo tells a taken port in one line with exit code 1", async () => {
  await inFolder(async (folder) => {
    await using gateway = gatewayProcess({ args: SERVE, cwd: folder });
    const { host } = new URL(await gateway.listening());
    const { code, stderr } = await runToEnd({
      args: ["demo", "--listen", host, "--seconds", "1"],
      cwd: folder,
    });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^tidegate: Cannot listen on [^\n]*the port is taken[^\n]*\n$/);
  });
});

Deno.test("SIGTERM refuses what comes new, lets a stream finish, records it and exits with 0", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "config.jsonc"), JSON.stringify(slowPool(20)));
    await using gateway = gatewayProcess({ args: SERVE, cwd: folder });
    const origin = await gateway.listening();
    const stream = await slowStream(origin, await keyOf(folder));
    gateway.kill("SIGTERM");
    await until(() => gateway.stderr.includes("Stopping"), "it is told to stop");
    await assert.rejects(fetch(`${origin}/healthz`));
    assert.ok((await rest(stream)).endsWith("data: [DONE]\n\n"));
    assert.equal(await gateway.ended, 0);
    const [record] = await readRecords(join(folder, "data"));
    assert.equal(at(record, "outcome"), "ok");
  });
});

Deno.test("a second SIGTERM stops at once with 143", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "config.jsonc"), JSON.stringify(slowPool(1)));
    await using gateway = gatewayProcess({ args: SERVE, cwd: folder });
    const stream = await slowStream(await gateway.listening(), await keyOf(folder));
    gateway.kill("SIGTERM");
    await until(() => gateway.stderr.includes("Stopping"), "it is told to stop");
    gateway.kill("SIGTERM");
    assert.equal(await gateway.ended, 143);
    await assert.rejects(rest(stream));
  });
});

Deno.test("SIGHUP reads the config again, a bad one changes nothing, and the process goes on", async () => {
  await inFolder(async (folder) => {
    const config = join(folder, "config.jsonc");
    await Deno.writeTextFile(config, JSON.stringify(slowPool(5)));
    await using gateway = gatewayProcess({ args: SERVE, cwd: folder });
    const origin = await gateway.listening();
    const generation = () =>
      fetch(`${origin}/readyz`).then((answer) => answer.json()).then((ready) => ready.generation);
    const before = await generation();
    gateway.kill("SIGHUP");
    await until(() => gateway.stderr.includes("Configuration reloaded"), "it is read again");
    assert.equal(await generation(), before + 1);
    await Deno.writeTextFile(config, '{ "pools": [ }');
    gateway.kill("SIGHUP");
    await until(
      () => /refused.*config\.jsonc:1:14|config\.jsonc:1:14.*refused/.test(gateway.stderr),
      "it is refused",
    );
    assert.equal(await generation(), before + 1);
  });
});
