import assert from "node:assert/strict";
import { run } from "../../src/cli/run.ts";
import { errorAnswer, FAULTS } from "../support/fake_upstream_script.ts";
import { fakeUpstream } from "../support/fake_upstream.ts";
import { at, startGateway, type TestGateway } from "../support/start_gateway.ts";

async function ask(
  gateway: TestGateway,
  question: unknown,
  token?: string,
): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(`${gateway.url}/admin/explain`, {
    method: "POST",
    headers: { authorization: `Bearer ${token ?? gateway.server.dataDir.adminToken.reveal()}` },
    body: JSON.stringify(question),
  });
  return { status: response.status, answer: await response.json() };
}

function chat(gateway: TestGateway, key = gateway.key): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: '{"model":"m","messages":[]}',
  });
}

const pool = (name: string, url: string, more: object = {}) => ({
  name,
  provider: "openai_compatible",
  upstreams: [{ url }],
  models: ["m"],
  ...more,
});

Deno.test("explaining says where a request would go, and turns no rotation", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: { pools: [pool("a", upstream.url, { keys: ["sk-first-key-000000", "sk-second-key-00000"] })] },
  });
  const before = (await ask(gateway, { model: "m" })).answer;
  assert.equal(at(before, "route"), "model:m");
  assert.equal(at(before, "tiers.0.candidates.1.reason"), "eligible");
  for (let times = 0; times < 5; times++) {
    assert.deepEqual((await ask(gateway, { model: "m" })).answer, before);
  }
  const response = await chat(gateway);
  await response.body?.cancel();
  assert.match(
    response.headers.get("x-tidegate-upstream") ?? "",
    new RegExp(`^${at(before, "pick.endpoint")}`),
  );
  const after = (await ask(gateway, { model: "m" })).answer;
  assert.notEqual(at(after, "pick.endpoint"), at(before, "pick.endpoint"));
  assert.equal(JSON.stringify(after).includes("sk-first"), false);
});

Deno.test("when nobody can serve, explaining says why for every candidate", async () => {
  await using dead = await fakeUpstream(errorAnswer(401, { code: "invalid_api_key" }));
  await using limited = await fakeUpstream(
    errorAnswer(429, { code: "rate_limit_exceeded" }, { "retry-after": "40" }),
  );
  await using gateway = await startGateway({
    config: {
      pools: [
        pool("dead", dead.url, { keys: ["sk-dead-key-0000000"] }),
        pool("limited", limited.url, { keys: ["sk-limited-key-0000"], priority: 1 }),
      ],
      defaults: { retry: { wait: "0s" } },
    },
  });
  await (await chat(gateway)).body?.cancel();
  const { answer } = await ask(gateway, { model: "m" });
  assert.equal(at(answer, "pick"), null);
  assert.equal(at(answer, "tiers.0.candidates.0.reason"), "invalid");
  assert.equal(at(answer, "tiers.1.candidates.0.reason"), "cooldown");
  const backInMs = Number(at(answer, "tiers.1.candidates.0.backInMs"));
  assert.ok(backInMs > 30_000 && backInMs <= 40_000, String(backInMs));
  assert.match(String(at(answer, "summary")), /No endpoint: 1 invalid, 1 cooldown/);
});

Deno.test("what the gateway itself would refuse is explained too", async () => {
  await using gateway = await startGateway({
    config: {
      tenants: [{ name: "small", keys: ["tenant-key-of-small-1"], models: ["other"], paths: ["inference"] }],
      pools: [pool("a", "http://127.0.0.1:9/v1")],
    },
  });
  const codeOf = async (question: unknown) => at((await ask(gateway, question)).answer, "refusal.code");
  assert.equal(await codeOf({ model: "unheard-of" }), "model_not_found");
  assert.equal(await codeOf({ model: "m", tenant: "small" }), "model_not_allowed");
  assert.equal(await codeOf({ path: "/v1/files", tenant: "small" }), "path_not_allowed");
  assert.equal(await codeOf({ model: "m", tenant: "nobody" }), "not_found");
  assert.equal(await codeOf({}), "model_required");
});

Deno.test("the admin API opens to its own token alone, and bad questions get a clear 400", async () => {
  await using gateway = await startGateway({ config: { pools: [pool("a", "http://127.0.0.1:9/v1")] } });
  assert.equal((await ask(gateway, {}, gateway.key)).status, 401);
  assert.equal((await ask(gateway, {}, "nonsense")).status, 401);
  const { status, answer } = await ask(gateway, { modle: "m" });
  assert.equal(status, 400);
  assert.match(String(at(answer, "error.message")), /modle/);
  assert.equal((await ask(gateway, { model: "x".repeat(100_000) })).status, 413);
});

Deno.test("tidegate explain prints a tree for people, JSON for programs, and exits by what it found", async () => {
  await using gateway = await startGateway({ config: { pools: [pool("a", "http://127.0.0.1:9/v1")] } });
  const told = async (isTerminal: boolean, ...args: string[]) => {
    const said = { out: "", talk: "" };
    const code = await run(["explain", ...args], {
      stdout: (text) => void (said.out += text),
      stderr: (text) => void (said.talk += text),
      isTerminal,
      env: () => undefined,
    });
    return { code, ...said };
  };
  const place = ["--url", gateway.url, "--data-dir", gateway.dataDir];
  const tree = await told(true, "--model", "m", ...place);
  assert.equal(tree.code, 0);
  assert.match(tree.out, /^Goes to .* of pool a/);
  assert.match(tree.out, /→ a\/127\.0\.0\.1:9 m: eligible/);
  const json = await told(false, "--model", "no", ...place);
  assert.equal(json.code, 3);
  assert.equal(at(JSON.parse(json.out), "refusal.code"), "model_not_found");
  assert.equal((await told(false, "--url", "http://127.0.0.1:9", "--data-dir", gateway.dataDir)).code, 69);
  assert.equal((await told(false, "--data-dir", "/nowhere")).code, 1);
  assert.equal((await told(false, "--nonsense")).code, 2);
});
