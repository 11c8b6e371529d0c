import assert from "node:assert/strict";
import { join } from "node:path";
import { askChat } from "../../support/ask_chat.ts";
import { type Delivery, type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import {
  CHAT_EVENTS,
  chatEvent,
  errorAnswer,
  eventStream,
  type Fault,
  FAULTS,
} from "../../support/fake_upstream_script.ts";
import { readyz } from "../../support/readyz.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const REFUSED_KEY = errorAnswer(401, { code: "invalid_api_key", type: "invalid_request_error" });
const goodAnswer = ({ headers }: Pick<Delivery, "headers">): Fault =>
  headers["accept"] === "text/event-stream" ? FAULTS.okStream : FAULTS.ok;

/** A pool of one upstream with one key. */
const pool = (url: string, more: object = {}) => ({
  provider: "openai_compatible",
  upstreams: [url],
  keys: ["an-upstream-key-of-the-test"],
  models: ["m"],
  ...more,
});

const put = (gateway: TestGateway, config: unknown) =>
  Deno.writeTextFile(
    gateway.configFile,
    typeof config === "string" ? config : JSON.stringify(config, null, 2),
  );

const generationIs = (gateway: TestGateway, number: number) =>
  until(() => gateway.server.gateway.generation.number === number, `generation ${number} is in force`);

/** A stream that begins at once and ends whole when told. */
const longStream = (end: Promise<void>) => (): Fault =>
  eventStream([chatEvent({ content: "Long" })], [
    { do: "wait", until: end },
    ...eventStream(CHAT_EVENTS).steps.slice(1),
  ]);

/** Streams under way at an upstream. */
const underWay = (upstream: FakeUpstream, count: number) =>
  until(() => upstream.deliveries.length === count, `${count} streams are under way`);

Deno.test("a revoked tenant key is refused and its streams are cut within 5 s; others go on", async () => {
  const end = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream(longStream(end.promise));
  const tenants = ["one", "two"].map((name) => ({ name, keys: [`the-tenant-key-of-${name}`] }));
  await using gateway = await startGateway({
    config: { tenants, pools: [pool(upstream.url)] },
    asFile: true,
  });
  const ask = (name: string) =>
    askChat({ url: gateway.url, key: `the-tenant-key-of-${name}`, model: "m", stream: true });
  const revoked = ask("one");
  const kept = ask("two");
  await underWay(upstream, 2);
  const startMs = performance.now();
  await put(gateway, { tenants: tenants.slice(1), pools: [pool(upstream.url)] });
  const cut = await revoked;
  assert.ok(!cut.ok && cut.begun && !cut.text.includes("[DONE]"), cut.text);
  assert.match(cut.text, /"code":"invalid_api_key"/);
  assert.ok(performance.now() - startMs < 5_000);
  await until(() => upstream.openConnections === 1, "the upstream of the cut stream is let go");
  assert.equal((await ask("one")).status, 401);
  end.resolve();
  assert.ok((await kept).ok);
  const record = (await gateway.records()).find((one) => at(one, "tenant") === "one");
  assert.deepEqual([at(record, "outcome"), at(record, "error")], ["truncated", "invalid_api_key"]);
});

Deno.test("a refused config is told with its place and never its values, until a good one is there", async () => {
  await using upstream = await fakeUpstream(goodAnswer);
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] }, asFile: true });
  await put(gateway, { lisen: "sk-a-secret-in-the-wrong-place", pools: [pool(upstream.url)] });
  await until(async () => !(await readyz(gateway.url)).config.upToDate, "the fault is told");
  const { config, status } = await readyz(gateway.url);
  assert.equal(status, "ready");
  assert.match(config.problems?.[0] ?? "", /config\.jsonc:2:3 .*lisen.*"listen"/);
  assert.ok(Number.isInteger(config.refusedAt));
  assert.equal(gateway.server.observer.read("config_reloads", { result: "refused" }), 1);
  assert.match(gateway.logText(), /config\.jsonc:2:3/);
  assert.ok(!(gateway.logText() + JSON.stringify(config)).includes("sk-a-secret"));
  const question = { url: gateway.url, key: gateway.key, model: "m", stream: false };
  assert.ok((await askChat(question)).ok);
  await put(gateway, { pools: [pool(upstream.url, { name: "mended" })] });
  await until(async () => (await readyz(gateway.url)).config.upToDate, "the good one is in force");
  assert.deepEqual((await readyz(gateway.url)).pools, ["mended"]);
});

Deno.test("a config that goes away changes nothing, is told, and counts again when it is back as it was", async () => {
  await using upstream = await fakeUpstream(goodAnswer);
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] }, asFile: true });
  const text = await Deno.readTextFile(gateway.configFile);
  await Deno.remove(gateway.configFile);
  await until(async () => !(await readyz(gateway.url)).config.upToDate, "it is missed");
  assert.match((await readyz(gateway.url)).config.problems?.[0] ?? "", /config\.jsonc does not exist/);
  assert.ok((await askChat({ url: gateway.url, key: gateway.key, model: "m", stream: true })).ok);
  await Deno.writeTextFile(gateway.configFile, text);
  await until(async () => (await readyz(gateway.url)).config.upToDate, "it is back");
});

Deno.test("mending a key file that only a refused config names brings that config into force", async () => {
  await using upstream = await fakeUpstream(goodAnswer);
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] }, asFile: true });
  const keys = join(gateway.configFile, "..", "keys.txt");
  await Deno.writeTextFile(keys, "“a-key-in-curly-quotes”\n");
  await put(gateway, { pools: [pool(upstream.url, { name: "with-file", keys: ["file:keys.txt"] })] });
  await until(async () => !(await readyz(gateway.url)).config.upToDate, "the key file is refused");
  await Deno.writeTextFile(keys, "a-key-without-any-quotes\n");
  await until(async () => (await readyz(gateway.url)).pools[0] === "with-file", "the mended file is taken");
  assert.ok((await askChat({ url: gateway.url, key: gateway.key, model: "m", stream: true })).ok);
  assert.equal(upstream.deliveries.at(-1)?.headers["authorization"], "Bearer a-key-without-any-quotes");
});

Deno.test("a secret that is not there switches off what needs it, is named, and is used once it comes", async () => {
  await using upstream = await fakeUpstream(goodAnswer);
  await using gateway = await startGateway({
    config: { pools: [pool(upstream.url, { keys: ["env:NOT_SET", "the-key-that-is-there"] })] },
    asFile: true,
  });
  const before = await readyz(gateway.url);
  assert.equal(before.status, "ready");
  assert.equal(before.endpoints, 1);
  assert.match(JSON.stringify(before.missingSecrets), /NOT_SET/);
  await Deno.writeTextFile(join(gateway.configFile, "..", ".env"), "NOT_SET=a-key-that-came-later\n");
  await until(async () => (await readyz(gateway.url)).endpoints === 2, "the secret is found");
  assert.deepEqual((await readyz(gateway.url)).missingSecrets, []);
});

Deno.test("an upstream that a reload takes away ends what it serves and gets nothing new", async () => {
  const end = Promise.withResolvers<void>();
  await using old = await fakeUpstream(longStream(end.promise));
  await using fresh = await fakeUpstream(goodAnswer);
  await using gateway = await startGateway({ config: { pools: [pool(old.url)] }, asFile: true });
  const question = { url: gateway.url, key: gateway.key, model: "m", stream: true };
  const long = askChat(question);
  await underWay(old, 1);
  await put(gateway, { pools: [pool(fresh.url)] });
  await generationIs(gateway, 2);
  for (let time = 0; time < 5; time++) assert.ok((await askChat(question)).ok);
  end.resolve();
  assert.ok((await long).ok);
  assert.equal(old.deliveries.length, 1);
  assert.equal(fresh.deliveries.length, 5);
});

Deno.test("marks outlive a reload that renames the pool, moves the keys and changes their order", async () => {
  await using upstream = await fakeUpstream(({ headers }) =>
    headers["authorization"] === "Bearer the-refused-key-of-all" ? REFUSED_KEY : goodAnswer({ headers })
  );
  const keys = ["the-refused-key-of-all", "the-first-good-key-here", "the-second-good-key-here"];
  await using gateway = await startGateway({
    config: { pools: [pool(upstream.url, { keys })] },
    asFile: true,
  });
  const refusals = () =>
    upstream.deliveries.filter(({ headers }) => headers["authorization"] === "Bearer the-refused-key-of-all")
      .length;
  const ask = async () => {
    for (let time = 0; time < 6; time++) {
      assert.ok((await askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false })).ok);
    }
  };
  await ask();
  assert.equal(refusals(), 1);
  await put(gateway, { pools: [pool(upstream.url, { name: "renamed", keys: keys.toReversed() })] });
  await generationIs(gateway, 2);
  await ask();
  assert.equal(refusals(), 1);
});

Deno.test("a route whose pool is switched off answers 503 and the others serve", async () => {
  await using upstream = await fakeUpstream(goodAnswer);
  const pools = [
    pool(upstream.url, { name: "a", models: ["x"] }),
    pool(upstream.url, { name: "b", models: ["y"] }),
  ];
  await using gateway = await startGateway({ config: { pools }, asFile: true });
  await put(gateway, {
    pools: [{ ...pools[0], upstreams: [{ url: upstream.url, enabled: false }] }, pools[1]],
  });
  await generationIs(gateway, 2);
  const ask = (model: string) => askChat({ url: gateway.url, key: gateway.key, model, stream: false });
  assert.equal((await ask("x")).status, 503);
  assert.ok((await ask("y")).ok);
  assert.equal((await readyz(gateway.url)).status, "ready");
});

Deno.test("a hundred writes within a second come into force as a few, the last one always", async () => {
  await using upstream = await fakeUpstream(goodAnswer);
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] }, asFile: true });
  for (let write = 1; write <= 100; write++) {
    await put(gateway, { pools: [pool(upstream.url, { name: `v${write}` })] });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await until(async () => (await readyz(gateway.url)).pools[0] === "v100", "the last is in force");
  const { number } = gateway.server.gateway.generation;
  assert.ok(number <= 6, `${number - 1} reloads of 100 writes`);
});

Deno.test("what only a start can bring into force is said, and nothing else is held up by it", async () => {
  await using upstream = await fakeUpstream(goodAnswer);
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] }, asFile: true });
  await put(gateway, {
    listen: "127.0.0.1:1",
    records: { keepDays: 3, bodies: "metadata" },
    pools: [pool(upstream.url, { name: "renamed" })],
  });
  await generationIs(gateway, 2);
  await until(() => gateway.logText().includes("at the next start"), "it is said");
  const line = gateway.logText().split("\n").find((text) => text.includes("at the next start")) ?? "{}";
  assert.deepEqual(JSON.parse(line).members, ["listen", "records"]);
});
