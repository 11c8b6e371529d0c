import assert from "node:assert/strict";
import { join } from "node:path";
import { upstreams } from "../../../src/cli/upstreams/upstreams.ts";
import { fakeUpstream, refusedUrl, type Script } from "../../support/fake_upstream.ts";
import { answer, errorAnswer, FAULTS } from "../../support/fake_upstream_script.ts";
import { inDirectory, talkingIo } from "../talking_io.ts";

const KEY = "sk-CANARY-0123456789";

const json = (value: unknown) => answer(JSON.stringify(value));

const LIST = json({ object: "list", data: [{ id: "m-large", "context_window": 128000 }, { id: "m" }] });

const healthy: Script = ({ target }) => target.endsWith("/models") ? LIST : FAULTS.ok;

async function run(args: readonly string[], env: Record<string, string> = { TRIAL_KEY: KEY }) {
  const io = talkingIo(env);
  const code = await upstreams(args, io);
  assert.doesNotMatch(io.out() + io.talk(), /CANARY/, "the key is never shown");
  return { code, out: io.out(), talk: io.talk() };
}

Deno.test("upstreams test: a sound upstream shows where requests go, its key, its models and one chat", async () => {
  await using upstream = await fakeUpstream(healthy);
  const { code, out } = await run(
    [
      "test",
      "--provider",
      "openai_compatible",
      "--url",
      `${upstream.url}/v1`,
      "--key",
      "env:TRIAL_KEY",
      "--model",
      "m",
    ],
  );
  assert.deepEqual([code, out.split("\n")], [0, [
    `url     ok      ${upstream.url}/v1/chat/completions`,
    "key     ok      not refused",
    "models  ok      2 models, m among them",
    "chat    ok      m answered",
    "",
  ]]);
  const [list, chat] = upstream.deliveries;
  assert.equal(list?.headers["authorization"], `Bearer ${KEY}`);
  assert.deepEqual(JSON.parse(chat?.text ?? ""), {
    model: "m",
    messages: [{ role: "user", content: "Say hi." }],
    "max_tokens": 16,
  });
});

Deno.test("upstreams test: without --model nothing that costs is asked", async () => {
  await using upstream = await fakeUpstream(healthy);
  const { code, out } = await run(["test", "--provider", "vllm", "--url", upstream.url]);
  assert.equal(code, 0);
  assert.match(out, /key {5}ok {6}none was sent, and none was asked for/);
  assert.deepEqual(upstream.deliveries.map(({ method, target }) => `${method} ${target}`), [
    "GET /v1/models",
  ]);
});

Deno.test("upstreams test: a refused key fails with its class and what to do, exit 3", async () => {
  await using upstream = await fakeUpstream(
    errorAnswer(401, { code: "invalid_api_key", message: `Incorrect: ${KEY}` }),
  );
  const { code, out } = await run([
    "test",
    "--provider",
    "openai",
    "--url",
    upstream.url,
    "--key",
    "env:TRIAL_KEY",
  ]);
  assert.equal(code, 3);
  assert.match(
    out,
    /key {5}failed {2}key_invalid \(http_401, invalid_api_key\)\n {16}The upstream refuses the key\./,
  );
});

Deno.test("upstreams test: nobody there is told once, and no chat is tried", async () => {
  const url = await refusedUrl();
  const { code, out } = await run(["test", "--provider", "ollama", "--url", url, "--model", "m", "--json"]);
  const told = JSON.parse(out);
  assert.deepEqual([code, told.ok, told.steps.map(({ step }: { step: string }) => step)], [3, false, [
    "url",
    "models",
  ]]);
  assert.equal(told.steps[1].outcome.class, "unreachable");
});

Deno.test("upstreams test: each vendor is asked in its own way", async () => {
  await using anthropic = await fakeUpstream(({ method }) =>
    method === "GET"
      ? json({ data: [{ id: "claude" }], "has_more": false })
      : json({ type: "message", content: [] })
  );
  const args = ["--key", "env:TRIAL_KEY", "--model"];
  assert.equal(
    (await run(["test", "--provider", "anthropic", "--url", anthropic.url, ...args, "claude"])).code,
    0,
  );
  assert.deepEqual(anthropic.deliveries.map(({ target }) => target), [
    "/v1/models?limit=1000",
    "/v1/messages",
  ]);
  assert.equal(anthropic.deliveries[1]?.headers["x-api-key"], KEY);
  assert.equal(anthropic.deliveries[1]?.headers["anthropic-version"], "2023-06-01");

  await using gemini = await fakeUpstream(({ method }) =>
    method === "GET" ? json({ models: [{ name: "models/g" }] }) : json({ candidates: [] })
  );
  assert.equal((await run(["test", "--provider", "gemini", "--url", gemini.url, ...args, "g"])).code, 0);
  assert.equal(gemini.deliveries[1]?.target, "/v1beta/models/g:generateContent");

  await using azure = await fakeUpstream(FAULTS.ok);
  const placed = ["test", "--provider", "azure_openai", "--url", azure.url, "--api-version", "2024-10-21"];
  const { code, out } = await run([...placed, ...args, "dep"]);
  assert.equal(code, 0);
  assert.match(out, /\/openai\/deployments\/dep\/chat\/completions\?api-version=2024-10-21\n/);
  assert.deepEqual(azure.deliveries.map(({ target }) => target), [
    "/openai/models?api-version=2024-10-21",
    "/openai/deployments/dep/chat/completions?api-version=2024-10-21",
  ]);
});

Deno.test("upstreams test: an error inside a 200 is no answer", async () => {
  await using upstream = await fakeUpstream(({ method }) =>
    method === "GET" ? LIST : json({ error: { message: "x", code: "insufficient_quota" } })
  );
  const { code, out } = await run(["test", "--provider", "new_api", "--url", upstream.url, "--model", "m"]);
  assert.equal(code, 3);
  assert.match(out, /chat {4}failed {2}quota_spent/);
});

Deno.test("upstreams models: the list, with the windows that are told", async () => {
  await using upstream = await fakeUpstream(healthy);
  const args = ["models", "--provider", "openai_compatible", "--url", upstream.url];
  assert.deepEqual(await run(args), { code: 0, out: "m-large    128000         -\nm\n", talk: "" });
  const { out } = await run([...args, "--json"]);
  assert.deepEqual(JSON.parse(out).models, [{ id: "m-large", contextWindow: 128000 }, { id: "m" }]);
  upstream.script = answer("<html>hi</html>", { headers: { "content-type": "text/html" } });
  const failed = await run(args);
  assert.deepEqual([failed.code, failed.out], [3, ""]);
  assert.match(failed.talk, /no list: broken \(html\)\. What answers there is no sound API/);
});

Deno.test("upstreams: a key comes from a variable or a file, never from the command line", async () => {
  await using upstream = await fakeUpstream(healthy);
  const args = ["models", "--provider", "openai", "--url", upstream.url, "--key"];
  await inDirectory(async (directory) => {
    const file = join(directory, "keys.txt");
    await Deno.writeTextFile(file, `# mine\n${KEY} # first\nsk-second\n`);
    assert.equal((await run([...args, `file:${file}`])).code, 0);
    assert.equal(upstream.deliveries.at(-1)?.headers["authorization"], `Bearer ${KEY}`);
    const missing = await run([...args, `file:${directory}/none`]);
    assert.deepEqual([missing.code, /does not exist/.test(missing.talk)], [2, true]);
  });
  const literal = await run([...args, KEY]);
  assert.equal(literal.code, 2);
  assert.match(literal.talk, /env:NAME or file:PATH, never the key itself/);
  assert.equal((await run([...args, "env:NOT_SET"])).code, 2);
});

Deno.test("upstreams: wrong usage exits 2 and says what is missing", async () => {
  const wrong: [string[], RegExp][] = [
    [[], /say upstreams test or upstreams models/],
    [["test"], /--provider is needed, one of anthropic, azure_openai/],
    [["test", "--provider", "nobody"], /no vendor 'nobody'/],
    [["test", "--provider", "simulated"], /no vendor 'simulated' to try/],
    [["test", "--provider", "vllm"], /--url is needed/],
    [["test", "--provider", "openai", "--url", "ftp://x"], /must begin with https/],
    [["test", "--provider", "openai", "--api-version", "1"], /no meaning for openai/],
    [["models", "--provider", "openai", "--model", "m"], /--model belongs to upstreams test/],
    [["test", "--providr", "openai"], /--providr/],
  ];
  for (const [args, expected] of wrong) {
    const { code, talk } = await run(args);
    assert.equal(code, 2, args.join(" "));
    assert.match(talk, expected);
    assert.match(talk, /Usage:\n {2}tidegate upstreams test/);
  }
  assert.equal((await run(["--help"])).code, 0);
});
