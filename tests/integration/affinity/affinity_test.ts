import assert from "node:assert/strict";
import { answer } from "../../support/fake_upstream_script.ts";
import { type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";

const WEB = "tenant-web-key-00000000001";
const APP = "tenant-app-key-00000000001";
const KEYS = Array.from({ length: 6 }, (_, index) => `sk-upstream-key-${index}`);

const ANSWER = JSON.stringify({
  id: "c",
  object: "chat.completion",
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, ["finish_reason"]: "stop" }],
  usage: {
    ["prompt_tokens"]: 100,
    ["completion_tokens"]: 5,
    ["total_tokens"]: 105,
    ["prompt_tokens_details"]: { ["cached_tokens"]: 60 },
  },
});

function configOf(upstream: FakeUpstream, pool: Readonly<Record<string, unknown>>) {
  return {
    tenants: [{ name: "web", keys: [WEB] }, { name: "app", keys: [APP] }],
    pools: [{
      name: "p",
      provider: "openai_compatible",
      upstreams: [upstream.url],
      keys: KEYS,
      models: ["m"],
      ...pool,
    }],
  };
}

interface Message {
  readonly role: string;
  readonly content: string;
}

const SYSTEM: Message = { role: "system", content: "You are a patient assistant. ".repeat(100) };

/** Sends a conversation and says which upstream key it was served by. */
async function ask(
  gateway: TestGateway,
  upstream: FakeUpstream,
  messages: readonly Message[],
  { key = WEB, headers = {} }: { key?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "m", messages: [SYSTEM, ...messages] }),
  });
  await response.arrayBuffer();
  assert.equal(response.status, 200);
  return upstream.deliveries.at(-1)?.headers["authorization"]?.replace("Bearer ", "") ?? "";
}

/** A conversation after that many turns. */
function turns(name: string, count: number): Message[] {
  return Array.from({ length: 2 * count - 1 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `${name}, ${index}`,
  }));
}

Deno.test("by default each conversation stays with one key, new ones go round, and it is counted", async () => {
  await using upstream = await fakeUpstream(answer(ANSWER));
  await using gateway = await startGateway({ config: configOf(upstream, {}) });
  const homes = new Set<string>();
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    const home = await ask(gateway, upstream, turns(name, 1));
    homes.add(home);
    for (const count of [2, 3, 4]) assert.equal(await ask(gateway, upstream, turns(name, count)), home);
    const subcall = [...turns(name, 4), { role: "user", content: "Summarise." }];
    assert.equal(await ask(gateway, upstream, subcall), home);
  }
  assert.equal(homes.size, KEYS.length);
  await gateway.records();
  const { observer } = gateway.server;
  assert.equal(observer.read("affinity", { pool: "p", result: "new" }), 6);
  assert.equal(observer.read("affinity", { pool: "p", result: "kept" }), 24);
  assert.equal(observer.read("affinity", { pool: "p", result: "moved" }), 0);
  assert.equal(observer.read("tokens", { pool: "p", kind: "input" }), 3_000);
  assert.equal(observer.read("tokens", { pool: "p", kind: "cached_input" }), 1_800);
});

Deno.test("another tenant with the same conversation is another", async () => {
  await using upstream = await fakeUpstream(answer(ANSWER));
  await using gateway = await startGateway({ config: configOf(upstream, {}) });
  const home = await ask(gateway, upstream, turns("a", 1));
  const other = await ask(gateway, upstream, turns("a", 1), { key: APP });
  assert.notEqual(other, home);
  assert.equal(await ask(gateway, upstream, turns("a", 2)), home);
  assert.equal(await ask(gateway, upstream, turns("a", 2), { key: APP }), other);
});

Deno.test("off means that every request is chosen anew, and nothing is counted", async () => {
  await using upstream = await fakeUpstream(answer(ANSWER));
  await using gateway = await startGateway({ config: configOf(upstream, { affinity: "off" }) });
  const homes = new Set<string>();
  for (const count of [1, 2, 3, 4, 5, 6]) homes.add(await ask(gateway, upstream, turns("a", count)));
  assert.equal(homes.size, KEYS.length);
  for (const result of ["new", "kept", "moved", "crowded"]) {
    assert.equal(gateway.server.observer.read("affinity", { pool: "p", result }), 0);
  }
});

Deno.test("a conversation whose key is refused moves, is counted, and stays where it went", async () => {
  let refused = "";
  await using upstream = await fakeUpstream(({ headers }) =>
    headers["authorization"] === `Bearer ${refused}`
      ? answer('{"error":{"message":"Slow down.","type":"requests","code":"rate_limit_exceeded"}}', {
        status: 429,
        headers: { "retry-after": "60" },
      })
      : answer(ANSWER)
  );
  await using gateway = await startGateway({ config: configOf(upstream, {}) });
  refused = await ask(gateway, upstream, turns("a", 1));
  const next = await ask(gateway, upstream, turns("a", 2));
  assert.notEqual(next, refused);
  for (const count of [3, 4]) assert.equal(await ask(gateway, upstream, turns("a", count)), next);
  assert.equal(gateway.server.observer.read("affinity", { pool: "p", result: "moved" }), 1);
});

Deno.test("a reload that reorders keys and adds one moves no conversation", async () => {
  await using upstream = await fakeUpstream(answer(ANSWER));
  await using gateway = await startGateway({ config: configOf(upstream, {}), asFile: true });
  const names = ["a", "b", "c", "d"];
  const homes: string[] = [];
  for (const name of names) homes.push(await ask(gateway, upstream, turns(name, 1)));
  const keys = ["sk-upstream-key-new", ...KEYS.toReversed()];
  await Deno.writeTextFile(gateway.configFile, JSON.stringify(configOf(upstream, { keys })));
  await gateway.server.reload();
  assert.equal(gateway.server.gateway.generation.number, 2);
  for (const [index, name] of names.entries()) {
    assert.equal(await ask(gateway, upstream, turns(name, 2)), homes[index]);
  }
});

Deno.test("sessions stay with their keys over a restart, and their names are not written down", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    await using upstream = await fakeUpstream(answer(ANSWER));
    const config = configOf(upstream, { affinity: { by: "session" } });
    const of = (session: string) => ({ headers: { "session-id": session } });
    const names = ["session-canary-1", "session-canary-2", "session-canary-3"];
    const homes: string[] = [];
    {
      await using gateway = await startGateway({ config, dataDir });
      for (const name of names) homes.push(await ask(gateway, upstream, turns("a", 1), of(name)));
      assert.equal(new Set(homes).size, 3);
    }
    {
      await using gateway = await startGateway({ config, dataDir });
      for (const [index, name] of names.entries()) {
        assert.equal(await ask(gateway, upstream, turns("b", 1), of(name)), homes[index]);
      }
    }
    const state = new TextDecoder("latin1").decode(await Deno.readFile(`${dataDir}/data/tidegate.kv`));
    assert.ok(!state.includes("session-canary"));
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
